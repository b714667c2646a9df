/** Flags of `rouse dev`. */
import { type FlagValues, flag } from './flag.ts';
import { domain, listenPort } from './network-values.ts';
import { integer } from './number-values.ts';
import { logLevelFlag } from './shared-flags.ts';

export const devFlags = {
  port: flag('port', listenPort(), {
    default: 8080,
    doc: 'Port of the first proxy; further ones take the next that are free.',
  }),
  adminPort: flag('admin-port', listenPort(), { default: 8081, doc: 'Admin port of the first proxy.' }),
  operatorPort: flag('operator-port', listenPort(), { default: 9090, doc: "Port of the operator's page and API." }),
  apiPort: flag('api-port', listenPort(), {
    default: 6440,
    doc: 'Port of the small Kubernetes API, for `kubectl --server`.',
  }),
  proxies: flag('proxies', integer(1, 16), { default: 1, doc: 'Number of proxies.' }),
  domain: flag('domain', domain(), {
    default: 'example.com',
    doc: 'Every workload is reached as NAME.NAMESPACE.DOMAIN.',
  }),
  logLevel: { ...logLevelFlag, default: 'warn' as const, defaultText: 'warn' },
} as const;

export type DevFlagValues = FlagValues<typeof devFlags>;
