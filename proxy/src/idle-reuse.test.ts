/** A pod that closes its connections just when the next request may be on its way: nobody notices, and nothing runs twice. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { entry } from './path-fixture.ts';
import { type Client, Harness, local } from './proxy-fixture.ts';

const ROUNDS = 60;
const CLIENTS_PER_METHOD = 4;

/** Answers each request, and ends the connection 0 to 5 ms after that. */
async function closingPod(deliveries: Map<string, number>, end: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const path = text.split(' ')[1]!;
      text = text.slice(head + 4);
      deliveries.set(path, (deliveries.get(path) ?? 0) + 1);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      setTimeout(() => end(socket), 5 * Math.random());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Sends one request after another, each 0 to 5 ms after the last answer. @returns the statuses that are not 200, by path */
function ask(client: Client, method: string, name: string): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const failed = new Map<string, number>();
    let round = 0;
    const next = (): void => {
      client.text = '';
      client.socket.write(
        `${method} /${name}-${round} HTTP/1.1\r\nHost: web\r\n${method === 'GET' ? '' : 'Content-Length: 0\r\n'}\r\n`,
      );
      client.answered().then(() => {
        const status = Number(client.text.slice(9, 12));
        if (status !== 200) failed.set(`/${name}-${round}`, status);
        if (++round === ROUNDS) resolve(failed);
        else setTimeout(next, 5 * Math.random());
      }, reject);
    };
    next();
  });
}

test.each<readonly [how: string, end: (socket: Socket) => void]>([
  ['FIN', (socket) => socket.end()],
  ['RST', (socket) => socket.resetAndDestroy()],
])(
  '%s around reuse: no GET, PUT, DELETE or OPTIONS fails, and no POST runs twice',
  async (_how, end) => {
    const harness = await Harness.start();
    const deliveries = new Map<string, number>();
    await harness.put(entry('web', [local('p', await closingPod(deliveries, end))]));
    const asked: Promise<Map<string, number>>[] = [];
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'POST']) {
      for (let nth = 0; nth < CLIENTS_PER_METHOD; nth++) {
        asked.push(ask(await harness.client(), method, `${method}-${nth}`));
      }
    }
    const failed = (await Promise.all(asked)).flatMap((statuses) => [...statuses]);
    expect(failed.filter(([path, status]) => !path.startsWith('/POST') || status !== 502)).toEqual([]);
    expect([...deliveries].filter(([path, times]) => path.startsWith('/POST') && times > 1)).toEqual([]);
    // It did come to that, many times.
    const { text } = await harness.admin('/metrics');
    const retries = [...text.matchAll(/^rouse_proxy_retries_total\{[^}]*\} (\d+)$/gm)];
    expect(retries.reduce((sum, [, count]) => sum + Number(count), 0)).toBeGreaterThan(10);
  },
  30_000,
);
