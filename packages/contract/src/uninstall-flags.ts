/** Flags of `rouse uninstall`. */
import { type FlagValues, flag } from './flag.ts';
import { httpUrl, objectName } from './network-values.ts';
import { boolean, list, words } from './text-values.ts';

export const uninstallFlags = {
  server: flag('server', httpUrl(), {
    default: null,
    doc: 'URL of a Kubernetes API that needs no authentication. Else `--kubeconfig`, else what kubectl would use.',
  }),
  kubeconfig: flag('kubeconfig', words('/root/.kube/config'), {
    default: null,
    doc: 'Kubeconfig file; its current context is used.',
  }),
  namespace: flag('namespace', objectName(), { default: 'rouse-system', doc: 'Where Rouse is installed.' }),
  namespaces: flag('namespaces', list(objectName()), {
    default: [] as readonly never[],
    defaultText: 'all',
    doc: 'Namespaces that it manages, where it is limited to some. Repeatable.',
  }),
  wakeOnly: flag('wake-only', boolean(), {
    default: false,
    doc: 'Stops the operator and wakes what sleeps, but removes nothing.',
  }),
} as const;

export type UninstallFlagValues = FlagValues<typeof uninstallFlags>;
