import { until } from '@rouse/contract/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ChunkScanner, TOO_LARGE } from './chunks.ts';
import { type Rig, startRig, transports } from './http1-fixture.ts';
import { defaultHttp1Limits } from './limits.ts';

let rig: Rig;
afterEach(() => rig?.stop());

const CHUNKED = 'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

for (const transport of transports) {
  test(`a chunked body that grows too large gets 413, and no pod gets its end · ${transport.name}`, async () => {
    rig = await startRig(transport, { workload: { maxBodyBytes: 8 } });
    const client = await rig.client();
    client.send(`${CHUNKED}5\r\nhello\r\n`);
    const pod = await rig.backend.peer();
    await pod.until('5\r\nhello\r\n');
    client.send('4\r\nmore\r\n0\r\n\r\n');
    await client.until('\r\n\r\n{');
    expect(client.received).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n/);
    expect(client.received).toContain('x-rouse-error: body-too-large\r\n');
    expect(client.received).toContain('Connection: close\r\n');
    await pod.gone();
    expect(pod.received).toMatch(/5\r\nhello\r\n$/);
    expect(rig.path.log).toEqual(['ended refused 413']);
    expect(rig.engine.stats.requestsMalformed).toBe(0);
  });

  test(`a client that goes on sending reads its 413 all the same · ${transport.name}`, async () => {
    rig = await startRig(transport, { workload: { maxBodyBytes: 8 } });
    const client = await rig.client();
    client.send(`${CHUNKED}5\r\nhello\r\n`);
    await (await rig.backend.peer()).until('hello');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 16; sent++) client.send(chunk);
    await client.until('body-too-large');
    await client.gone();
    expect(client.errorCode).toBe('');
  });

  test(`an answer that has begun is cut off, visibly, when the body grows too large · ${transport.name}`, async () => {
    rig = await startRig(transport, { workload: { maxBodyBytes: 8 } });
    const client = await rig.client();
    client.send(`${CHUNKED}5\r\nhello\r\n`);
    const pod = await rig.backend.peer();
    await pod.until('hello');
    pod.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n');
    await client.until('hi');
    client.send('9\r\nmuch more\r\n0\r\n\r\n');
    await client.gone();
    await pod.gone();
    expect(client.received).toMatch(/2\r\nhi\r\n$/);
    expect(pod.received).not.toContain('0\r\n\r\n');
    expect(rig.path.log.at(-1)).toBe('ended cut 200');
  });

  test(`a held chunked body is stopped at the limit once it is read · ${transport.name}`, async () => {
    rig = await startRig(transport, { workload: { maxBodyBytes: 8 } });
    rig.path.holds = true;
    const client = await rig.client();
    client.send(CHUNKED);
    await until(() => rig.path.held.length === 1);
    client.send('9\r\nmuch more\r\n0\r\n\r\n');
    rig.path.release();
    await client.until('413 Content Too Large');
    expect(rig.backend.peers.every((peer) => !peer.received.includes('0\r\n\r\n'))).toBe(true);
  });

  test(`a chunked body of just the limit passes, framing and trailers not counted · ${transport.name}`, async () => {
    rig = await startRig(transport, { workload: { maxBodyBytes: 8 } });
    const client = await rig.client();
    client.send(`${CHUNKED}5;name=value\r\nhello\r\n`);
    const pod = await rig.backend.peer();
    await pod.until('hello');
    client.send('3\r\nyou\r\n0\r\nx-sum: 12345678901234567890\r\n\r\n');
    await pod.until('x-sum: 12345678901234567890\r\n\r\n');
    pod.send(OK);
    await client.until('ok');
    // The limit is the workload's, not the connection's: the next body is counted anew.
    client.send(`${CHUNKED}8\r\nhelloyou\r\n0\r\n\r\n`);
    await pod.until('helloyou\r\n0\r\n\r\n');
  });
}

test('a limit lets pass what is no larger, and stops what is larger before its last chunk, in whichever pieces it comes', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 30 }), (chunks, limit, step) => {
      const body = Buffer.from(
        `${chunks.map((size) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`).join('')}0\r\n\r\n`,
      );
      const scanner = new ChunkScanner(defaultHttp1Limits);
      scanner.begin({ framing: true, trusted: false });
      scanner.maxDataBytes = limit;
      let passed = '';
      const sink = {
        raw(bytes: Buffer, start: number, end: number) {
          passed += bytes.toString('latin1', start, end);
        },
        text(text: string) {
          passed += text;
        },
      };
      let result = 0;
      for (let at = 0; at < body.length && result >= 0; at += step) {
        const piece = body.subarray(at, at + step);
        result = scanner.feed(piece, 0, piece.length, sink);
      }
      const total = chunks.reduce((sum, size) => sum + size, 0);
      if (total <= limit) expect([result > 0, scanner.isDone, passed]).toEqual([true, true, body.toString()]);
      else {
        expect([result, scanner.isDone]).toEqual([TOO_LARGE, false]);
        expect(passed.replace(/[^x]/g, '').length).toBeLessThanOrEqual(limit);
        expect(passed).not.toContain('\r\n0\r\n');
      }
    }),
  );
});
