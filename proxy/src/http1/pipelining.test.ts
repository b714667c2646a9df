import { until } from '@rouse/contract/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, stable, startRig, transports } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const HOST = 'Host: app.test\r\n';

/** Answers each request of `expected` lengths once it is there, with its number. */
function answerInTurn(peer: Peer, isWhole: (received: string) => number): void {
  let number = 0;
  let taken = 0;
  peer.socket.on('data', () => {
    for (;;) {
      const length = isWhole(peer.received.slice(taken));
      if (length === 0) return;
      taken += length;
      peer.send(`HTTP/1.1 200 OK\r\nDate: x\r\nX-Number: ${++number}\r\nContent-Length: 1\r\n\r\n.`);
    }
  });
}

/** Length of the first request in `text` if it is complete, else 0; for requests as these tests send them. */
function wholeRequest(text: string): number {
  const end = text.indexOf('\r\n\r\n') + 4;
  if (end < 4) return 0;
  const length = /\r\nContent-Length: (\d+)\r\n/.exec(text.slice(0, end));
  if (length !== null) return text.length >= end + Number(length[1]) ? end + Number(length[1]) : 0;
  if (!/\r\nTransfer-Encoding: chunked\r\n/.test(text.slice(0, end))) return end;
  const last = text.indexOf('\r\n0\r\n\r\n', end - 2);
  return last < 0 ? 0 : last + 7;
}

for (const transport of transports) {
  test(`pipelined requests are answered in order over one connection · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.backend.onPeer = (peer) => answerInTurn(peer, wholeRequest);
    const client = await rig.client();
    const count = 500;
    let input = '';
    for (let number = 1; number <= count; number++) input += `GET /${number} HTTP/1.1\r\n${HOST}\r\n`;
    client.send(input);
    await client.until((received) => received.split('X-Number').length === count + 1);
    const numbers = [...client.received.matchAll(/X-Number: (\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    const asked = [...rig.backend.peers[0]!.received.matchAll(/GET \/(\d+) /g)].map((match) => Number(match[1]));
    expect(asked).toEqual(numbers);
    expect(rig.backend.peers).toHaveLength(1);
  });

  test(`requests answered by the proxy itself are taken in any number, without recursion · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    const count = 20_000;
    client.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\n\r\n'.repeat(count));
    await until(() => rig.path.log.length === count);
    await client.until((received) => received.split('HTTP/1.1 404').length === count + 1);
  });

  test(`no more is read ahead than the limit and a read · ${transport.name}`, async () => {
    rig = await startRig(transport, { limits: { readAheadBytes: 20_000 } });
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n${'GET /x HTTP/1.1\r\nHost: app.test\r\n\r\n'.repeat(20_000)}`);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    await stable(() => rig.engine.stats.clientBytesRead);
    expect(rig.engine.stats.clientBytesRead).toBeLessThan(20_000 + (transport.name === 'onread' ? 16_400 : 200_000));
    expect(rig.engine.stats.clientBytesRead).toBeGreaterThan(19_000);
  });

  test(`however requests are cut up, the pod gets the same · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.backend.onPeer = (peer) => answerInTurn(peer, wholeRequest);
    const request = fc.oneof(
      fc.record({ path: fc.stringMatching(/^[a-z]{0,8}$/) }).map(({ path }) => `GET /${path} HTTP/1.1\r\n${HOST}\r\n`),
      fc
        .string({ unit: 'binary-ascii', maxLength: 30 })
        .map((body) => `POST / HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`),
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 3 }).map((chunks) => {
        const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
        return `\r\nPOST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`;
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat({ max: 300 }), { maxLength: 12 }),
        async (requests, cuts) => {
          const input = requests.join('');
          const seen: string[] = [];
          for (const pieces of [[], cuts]) {
            const client = await rig.client();
            const edges = [...new Set([0, ...pieces.filter((cut) => cut < input.length), input.length])];
            edges.sort((a, b) => a - b);
            for (const peer of rig.backend.peers) peer.received = '';
            await until(() => rig.path.pod!.connections.idle <= 1);
            for (let index = 1; index < edges.length; index++) {
              client.send(input.slice(edges[index - 1], edges[index]));
              await new Promise((resolve) => setImmediate(resolve));
            }
            await client.until((received) => received.split('X-Number').length === requests.length + 1);
            seen.push(client.received.replace(/X-Number: \d+/g, ''));
            seen.push(rig.backend.peers.map((peer) => peer.received).join(''));
            rig.path.pod!.connections.closeIdle();
            rig.backend.peers.length = 0;
            client.socket.destroy();
          }
          expect(seen[2]).toBe(seen[0]);
          expect(seen[3]).toBe(seen[1]);
        },
      ),
      { numRuns: 40 },
    );
  });
}
