/** The ports `rouse dev` takes: the ones asked for must be free; further proxies take the next free ones. */
import { randomInt } from 'node:crypto';
import net from 'node:net';
import type { DevFlagValues, Problem } from '@rouse/contract';

export interface DevPorts {
  readonly apiPort: number;
  readonly operatorPort: number;
  /** One entry a proxy, the first as asked for. */
  readonly proxies: readonly { readonly port: number; readonly adminPort: number }[];
}

export type PortChoice =
  | { readonly ok: true; readonly ports: DevPorts }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type PortFlags = Pick<DevFlagValues, 'port' | 'adminPort' | 'operatorPort' | 'apiPort' | 'proxies'>;

/** A problem for each asked port that is taken or asked for twice; 0 takes any free one. */
export async function choosePorts(flags: PortFlags): Promise<PortChoice> {
  const asked = [
    ['port', flags.port],
    ['admin-port', flags.adminPort],
    ['operator-port', flags.operatorPort],
    ['api-port', flags.apiPort],
  ] as const;
  const problems: Problem[] = [];
  const takenBy = new Map<number, string>();
  for (const [flag, port] of asked) {
    if (port === 0) continue;
    const other = takenBy.get(port);
    takenBy.set(port, other ?? flag);
    if (other !== undefined) problems.push(portProblem(flag, port, `--${other} has it already`));
    else if (!(await isFree(port))) problems.push(portProblem(flag, port, 'Another process listens there: stop it'));
  }
  if (problems.length > 0) return { ok: false, problems };

  const reserved = new Set(takenBy.keys());
  const port = await askedOrFree(flags.port, reserved);
  const adminPort = await askedOrFree(flags.adminPort, reserved);
  const operatorPort = await askedOrFree(flags.operatorPort, reserved);
  const apiPort = await askedOrFree(flags.apiPort, reserved);
  const proxies = [{ port, adminPort }];
  for (let index = 1; index < flags.proxies; index++) {
    const next = await nextFreePort(port + index, reserved);
    const nextAdmin = await nextFreePort(adminPort + index, reserved);
    if (next === null || nextAdmin === null) {
      const [flag, from] = next === null ? (['port', port] as const) : (['admin-port', adminPort] as const);
      return { ok: false, problems: [portProblem(flag, from, `No port above it is free for proxy ${index + 1}`)] };
    }
    proxies.push({ port: next, adminPort: nextAdmin });
  }
  return { ok: true, ports: { apiPort, operatorPort, proxies } };
}

function portProblem(flag: string, port: number, why: string): Problem {
  const other = port > 55_000 ? port - 1_000 : port + 1_000;
  return {
    source: 'flag',
    key: `--${flag}`,
    value: String(port),
    allowed: 'a free port of 127.0.0.1',
    fix: `${why}, or choose another, e.g. --${flag} ${other}.`,
    severity: 'error',
  };
}

/** True when nothing listens on this port of 127.0.0.1 or of ::1 (where `localhost` may lead), and this process may. */
export async function isFree(port: number): Promise<boolean> {
  if ((await listenCode(port, '127.0.0.1')) !== null) return false;
  const onIpv6 = await listenCode(port, '::1');
  // A machine without IPv6 has nobody listening there.
  return onIpv6 !== 'EADDRINUSE';
}

/** The error code of listening there, null when it works; nothing is left listening. */
function listenCode(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/**
 * Below what systems hand out to connections and to listeners on port 0 (Linux from 32768, macOS and Windows from
 * 49152): nobody else gets it by chance before the process it is meant for listens there.
 */
const FREE_RANGE = { from: 20_000, to: 32_000 };

async function askedOrFree(port: number, reserved: Set<number>): Promise<number> {
  if (port !== 0) return port;
  for (;;) {
    const candidate = randomInt(FREE_RANGE.from, FREE_RANGE.to);
    if (reserved.has(candidate) || !(await isFree(candidate))) continue;
    reserved.add(candidate);
    return candidate;
  }
}

/** The first free port from `start` on that is not in `reserved`, and is added there; null when there is none. */
async function nextFreePort(start: number, reserved: Set<number>): Promise<number | null> {
  for (let port = start; port < 65_536; port++) {
    if (reserved.has(port) || !(await isFree(port))) continue;
    reserved.add(port);
    return port;
  }
  return null;
}
