/** Flags of the operator. */
import { type FlagValues, flag } from './flag.ts';
import { bindHost, domain, httpUrl, listenPort, objectName } from './network-values.ts';
import { integer } from './number-values.ts';
import { controlTokenFileFlag, logLevelFlag } from './shared-flags.ts';
import { boolean, choice, either, list, text, words } from './text-values.ts';

const none = [] as readonly never[];

/** A host name, IPv4 or bracketed IPv6 literal as it stands in a Host field, without port. */
function apiHostName() {
  const ipv6 = text('a bracketed IPv6 address', (value) => (/^\[[0-9a-fA-F:.]+\]$/.test(value) ? value : null), {
    good: ['[::1]'],
    bad: ['', '[', '[]', 'a:b'],
    forbidden: [' ', '/', 'g'],
  });
  return either(domain(), ipv6);
}

export const operatorFlags = {
  server: flag('server', httpUrl(), {
    default: null,
    doc: 'URL of a Kubernetes API that needs no authentication, such as that of `rouse dev`. Else `--kubeconfig`, else the ServiceAccount.',
  }),
  kubeconfig: flag('kubeconfig', words('/root/.kube/config'), {
    default: null,
    doc: 'Kubeconfig file; its current context is used.',
  }),
  apiPort: flag('api-port', listenPort(), {
    default: 9090,
    doc: 'Port of the page, the API, health and metrics; 0 takes a free one.',
  }),
  apiBind: flag('api-bind', bindHost(), {
    default: '127.0.0.1',
    doc: 'Address that port is bound to; anything but loopback needs a control token.',
  }),
  apiHost: flag('api-host', list(apiHostName()), {
    default: none,
    defaultText: 'localhost, 127.0.0.1, [::1]',
    doc: 'Further hosts the page and API answer to; others get 421. Repeatable.',
  }),
  proxy: flag('proxy', list(httpUrl()), {
    default: none,
    defaultText: 'found by label',
    doc: 'Admin URL of a proxy that is a member where there is no cluster. Repeatable.',
  }),
  proxySelector: flag('proxy-selector', words('app.kubernetes.io/name=rouse-proxy'), {
    default: 'app.kubernetes.io/name=rouse-proxy',
    doc: "Label selector of the proxy Pods in the operator's own namespace; without effect beside `--proxy`.",
  }),
  proxyAdminPort: flag('proxy-admin-port', integer(1, 65_535), {
    default: 8081,
    doc: 'Admin port of those Pods, where none of their containers names a port `admin`.',
  }),
  proxyUrl: flag('proxy-url', httpUrl(), {
    default: null,
    doc: 'Public address of the proxies, for the URLs that are shown.',
  }),
  domain: flag('domain', domain(), {
    default: 'example.com',
    doc: 'Every workload is reached as NAME.NAMESPACE.DOMAIN.',
  }),
  adopt: flag('adopt', choice('knative', 'explicit', 'all'), {
    default: 'knative' as const,
    doc: "Which Deployments are managed without `rouse.dev/enabled`: those with any of Knative's keys, none, or all (`rouse dev`).",
  }),
  maxWakeStep: flag('max-wake-step', integer(1, 10_000, 'pods'), {
    default: 100,
    doc: 'Most pods one write adds while waking.',
  }),
  namespaces: flag('namespaces', list(objectName()), {
    default: none,
    defaultText: 'all',
    doc: 'Namespaces that are watched. Repeatable.',
  }),
  leaseName: flag('lease-name', objectName(), { default: 'rouse-operator', doc: 'Lease that elects the leader.' }),
  leaseNamespace: flag('lease-namespace', objectName(), {
    default: null,
    defaultText: "the pod's own, else `default`",
    doc: 'Namespace of that Lease.',
  }),
  configMap: flag('config-map', objectName(), {
    default: 'rouse-config',
    doc: "ConfigMap in the operator's own namespace with cluster-wide defaults and limits, taken up as it changes.",
  }),
  controlTokenFile: controlTokenFileFlag,
  controlTokenSecret: flag('control-token-secret', objectName(), {
    default: null,
    doc: "Secret in the operator's own namespace whose key `token` holds what that file would; made with a random token where there is none.",
  }),
  podDeletionCost: flag('pod-deletion-cost', boolean(), {
    default: false,
    doc: 'Writes controller.kubernetes.io/pod-deletion-cost, so that Kubernetes removes the pods that were emptied.',
  }),
  logLevel: logLevelFlag,
} as const;

export type OperatorFlagValues = FlagValues<typeof operatorFlags>;
