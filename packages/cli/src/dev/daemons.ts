/** Proxies and operator as child processes of `rouse dev`, with a control token made for this run. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Clock, type DevFlagValues, flagEnvironmentName } from '@rouse/contract';
import { type Child, superviseChild } from './child.ts';
import type { DevPorts } from './ports.ts';

const resolve = createRequire(import.meta.url).resolve;
/** How long requests may go on after Ctrl-C, and a little more until the process has ended. */
const proxyGraceMs = 3_000;
const operatorGraceMs = 5_000;

export interface DaemonsOptions {
  readonly flags: Pick<DevFlagValues, 'domain' | 'logLevel'>;
  readonly ports: DevPorts;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** One of them cannot run at all; its own lines say why. */
  readonly onGivenUp: () => void;
}

export interface Daemons {
  /** The operator first, so that it does not react to what ends after it; then the proxies finish their requests. */
  stop(): Promise<void>;
  /** At once, with requests cut off. */
  kill(): void;
}

/** @param apiUrl of the small Kubernetes API */
export function startDaemons(apiUrl: string, options: DaemonsOptions): Daemons {
  const { flags, ports } = options;
  const common = { env: daemonEnv(), clock: options.clock, print: options.print, onGivenUp: options.onGivenUp };
  const log = ['--log-level', flags.logLevel];
  const proxies: Child[] = ports.proxies.map(({ port, adminPort }, index) =>
    superviseChild({
      ...common,
      name: ports.proxies.length === 1 ? 'proxy' : `proxy ${index + 1}`,
      main: resolve('@rouse/proxy/main'),
      args: [
        ...['--host', '127.0.0.1', '--port', String(port), '--admin-host', '127.0.0.1'],
        ...['--admin-port', String(adminPort), '--allow-local-pods'],
        ...['--shutdown-delay', '0s', '--shutdown-timeout', `${proxyGraceMs}ms`, ...log],
      ],
    }),
  );
  const operator = superviseChild({
    ...common,
    // One run ends before the next begins, as the containers of a Pod: the next takes the Lease of the last at once.
    env: { ...common.env, POD_UID: randomUUID() },
    name: 'operator',
    main: resolve('@rouse/operator/main'),
    args: [
      ...['--server', apiUrl, '--api-bind', '127.0.0.1', '--api-port', String(ports.operatorPort)],
      ...['--domain', flags.domain, '--adopt', 'all', '--pod-deletion-cost'],
      ...['--proxy-url', `http://localhost:${ports.proxies[0]!.port}`],
      ...['--lease-namespace', 'default'],
      ...ports.proxies.flatMap(({ adminPort }) => ['--proxy', `http://127.0.0.1:${adminPort}`]),
      ...log,
    ],
  });
  return {
    async stop() {
      await operator.stop(operatorGraceMs);
      await Promise.all(proxies.map((proxy) => proxy.stop(proxyGraceMs + 1_000)));
    },
    kill() {
      for (const child of [operator, ...proxies]) child.kill();
    },
  };
}

/** Only the daemons get the token, and never this process's environment, which pods inherit a part of. */
function daemonEnv(): NodeJS.ProcessEnv {
  const env = { ...process.env, [flagEnvironmentName('control-token')]: randomBytes(24).toString('base64url') };
  // A file would win over the token of this run.
  delete env[flagEnvironmentName('control-token-file')];
  return env;
}
