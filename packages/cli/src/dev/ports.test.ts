import net from 'node:net';
import { formatProblem } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { choosePorts, isFree } from './ports.ts';

const servers: net.Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

async function listening(host = '127.0.0.1', port = 0): Promise<number> {
  const server = net.createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as net.AddressInfo).port;
}

const any = { port: 0, adminPort: 0, operatorPort: 0, apiPort: 0, proxies: 1 };

test('each taken port is a problem of its own that names flag, port and another one', async () => {
  const [port, apiPort] = [await listening(), await listening()];
  const chosen = await choosePorts({ ...any, port, apiPort });
  if (chosen.ok) throw new Error('taken ports were accepted');
  expect(chosen.problems.map(({ key, value }) => [key, value])).toEqual([
    ['--port', String(port)],
    ['--api-port', String(apiPort)],
  ]);
  expect(formatProblem(chosen.problems[0]!)).toMatch(
    /Another process listens there: stop it, or choose another, e\.g\. --port \d+\.$/,
  );
});

test('a port asked for twice is a problem of the second flag', async () => {
  const port = await listening();
  servers.pop()!.close();
  const chosen = await choosePorts({ ...any, adminPort: port, operatorPort: port });
  if (chosen.ok) throw new Error('the same port twice was accepted');
  expect(chosen.problems).toHaveLength(1);
  expect(chosen.problems[0]).toMatchObject({
    key: '--operator-port',
    fix: expect.stringContaining('--admin-port has it'),
  });
});

test('0 takes free ports, all different', async () => {
  const chosen = await choosePorts({ ...any, proxies: 3 });
  if (!chosen.ok) throw new Error('no ports');
  const { apiPort, operatorPort, proxies } = chosen.ports;
  const all = [apiPort, operatorPort, ...proxies.flatMap(({ port, adminPort }) => [port, adminPort])];
  expect(new Set(all).size).toBe(8);
  expect(await Promise.all(all.map(isFree))).not.toContain(false);
});

test('further proxies take the next ports and skip what is taken or asked for', async () => {
  // Somebody else may take a neighbour at any moment: look for a row that is free now.
  let port = await listening();
  servers.pop()!.close();
  while (!(await rowIsFree(port, 6))) port += 7;
  await listening('127.0.0.1', port + 2);
  const chosen = await choosePorts({ ...any, port, adminPort: port + 1, proxies: 2 });
  if (!chosen.ok) throw new Error('no ports');
  // port+1 is the admin port, port+2 is taken.
  expect(chosen.ports.proxies).toEqual([
    { port, adminPort: port + 1 },
    { port: port + 3, adminPort: port + 4 },
  ]);
});

async function rowIsFree(start: number, length: number): Promise<boolean> {
  const free = await Promise.all(Array.from({ length }, (_, index) => isFree(start + index)));
  return !free.includes(false);
}

test('a port is taken too when only ::1 has it: localhost may lead there', async (context) => {
  const port = await listening('::1').catch(() => null);
  if (port === null) return context.skip('no IPv6 here');
  expect(await isFree(port)).toBe(false);
});
