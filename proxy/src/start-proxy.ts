/** Starts a whole proxy: admin port at once, data port with the first full table. */
import { randomBytes } from 'node:crypto';
import { type Problem, type ProxyFlagValues, proxyFlags } from '@rouse/contract';
import { createLog, type Log, openControlToken, startAdminServer, systemClock } from '@rouse/daemon';
import { AccessLog } from './access-log.ts';
import { mountControlApi } from './control-api.ts';
import { createDataPlane } from './data-plane.ts';
import { DataPort } from './data-port.ts';
import { defaultFlags } from './default-flags.ts';
import { chooseTransport } from './http1/choose-transport.ts';
import { proxyScrape } from './metrics.ts';
import { openAccessLog } from './open-access-log.ts';
import { drain } from './shutdown.ts';

export interface ProxyOptions {
  /** What differs from the flags' defaults. */
  readonly flags?: Partial<ProxyFlagValues>;
  /** Silent when absent. */
  readonly log?: Log;
  /** `ROUSE_CONTROL_TOKEN` is taken out of it; empty when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** The data port could not be opened once the first table came: the process is of no use. */
  readonly onFailure?: (problem: Problem) => void;
}

export interface RunningProxy {
  /** 0 until the first full table was accepted; the answer to that PUT comes after the port is open. */
  readonly dataPort: number;
  readonly adminPort: number;
  /** New per start; as reports name it. */
  readonly instance: string;
  /** Readiness fails at once, then as `--shutdown-delay` and `--shutdown-timeout` say; the admin port serves on. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

export type ProxyStart =
  | { readonly ok: true; readonly proxy: RunningProxy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export async function startProxy(options: ProxyOptions = {}): Promise<ProxyStart> {
  const flags: ProxyFlagValues = { ...defaultFlags(), ...options.flags };
  const log = options.log ?? createLog('rouse-proxy', 'silent');
  const env = options.env ?? {};
  const { token, problems } = openControlToken({ file: flags.controlTokenFile, env, clock: systemClock, log });
  if (problems.length > 0) return { ok: false, problems };

  const lines = openAccessLog(flags.accessLog, log);
  if (lines !== null && !lines.ok) {
    token.close();
    return { ok: false, problems: [lines.problem] };
  }
  const { transport, reason } = await chooseTransport(flags.transport);
  if (reason !== null) log.warn('reused read buffers do not work here, using the public transport', { reason });
  const plane = createDataPlane(flags, transport, systemClock, randomBytes(6).toString('hex'));
  const accessLog = lines === null ? null : new AccessLog(systemClock, (line) => lines.file.write(line));
  const port = new DataPort(flags, plane, log, accessLog);
  // Found out now, not when traffic should flow.
  const taken = await port.checkFree();
  let draining = false;
  let shutdownCut = 0;

  const admin =
    taken !== null
      ? ({ ok: false, problem: taken } as const)
      : await startAdminServer({
          host: flags.adminHost,
          port: flags.adminPort,
          hostFlag: proxyFlags.adminHost.key,
          portFlag: proxyFlags.adminPort.key,
          token,
          ready: () => (draining ? 'shutting down' : port.isOpen ? null : 'no table of workloads yet'),
          scrape: proxyScrape({
            ...plane,
            http1: plane.engine.stats,
            shutdownCut: () => shutdownCut,
            accessLogDropped: () => lines?.file.dropped ?? 0,
          }),
          mount: (app, guard) =>
            mountControlApi(app, guard, { ...plane, allowLocalPods: flags.allowLocalPods, accepted, log }),
          log,
        });
  if (!admin.ok) {
    plane.close();
    token.close();
    await lines?.file.close();
    return { ok: false, problems: [admin.problem] };
  }

  async function accepted(): Promise<void> {
    plane.leader.sign();
    if (!plane.fleet.complete || draining) return;
    const problem = await port.open();
    if (problem !== null) options.onFailure?.(problem);
  }

  log.info('waiting for the first table', {
    adminPort: admin.server.port,
    instance: plane.instance,
    transport: transport.name,
  });
  const proxy: RunningProxy = {
    get dataPort() {
      return port.port;
    },
    adminPort: admin.server.port,
    instance: plane.instance,
    async drain() {
      draining = true;
      const times = { delayMs: flags.shutdownDelay, timeoutMs: flags.shutdownTimeout };
      shutdownCut += await drain({ port, clock: systemClock, log, ...times });
    },
    async close() {
      draining = true;
      port.stopListening();
      port.cut();
      await admin.server.close();
      await lines?.file.close();
      plane.close();
      token.close();
    },
  };
  return { ok: true, proxy };
}
