/** Which ports `rouse dev` takes: the ones asked for must be free; further proxies take the next free ones. */
import net from 'node:net';
import type { Problem } from '@rouse/contract';

/** True when nothing listens on `127.0.0.1:port` and this process may. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Problems for each of the named ports that is taken. */
export async function takenPorts(ports: ReadonlyMap<string, number>): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [flag, port] of ports) {
    if (port !== 0 && !(await isFree(port))) {
      problems.push({
        source: 'flag',
        key: `--${flag}`,
        value: String(port),
        allowed: 'a port of 127.0.0.1 that nothing listens on',
        fix: `Another process listens there: stop it, or choose another port, e.g. --${flag} ${port + 10}.`,
        severity: 'error',
      });
    }
  }
  return problems;
}

/** The first free port from `start` on that is not in `reserved`; it is added there. */
export async function nextFreePort(start: number, reserved: Set<number>): Promise<number> {
  for (let port = start; port < 65_536; port++) {
    if (!reserved.has(port) && (await isFree(port))) {
      reserved.add(port);
      return port;
    }
  }
  throw new Error(`no free port from ${start} up`);
}
