/** Runs the response corpus against the engine on sockets: whole and byte by byte, on both transports. */
import { expect } from 'vitest';
import { type Peer, type Rig, VIA } from '../src/http1/http1-fixture.ts';
import { GET, ok, type ResponseCase } from './response-case.ts';
import { chunks } from './responses/chunks.ts';
import { ends } from './responses/ends.ts';
import { responseFields } from './responses/fields.ts';
import { interim } from './responses/interim.ts';
import { lengths } from './responses/lengths.ts';
import { statusLines } from './responses/status-line.ts';
import { type Pace, runCorpus } from './run-corpus.ts';

const corpus = { statusLines, fields: responseFields, lengths, chunks, ends, interim };

/** Without what this hop adds to a response. */
function bare(received: string, one: ResponseCase): string {
  const text = received.replace(new RegExp(`Via: 1\\.[01] ${VIA}\r\n`, 'g'), '');
  return /\r\ndate:/i.test(one.bytes) ? text : text.replace(/Date: \w{3}, [^\r]+ GMT\r\n/g, '');
}

async function run(rig: Rig, client: Peer, one: ResponseCase, pace: Pace): Promise<void> {
  rig.path.log.length = 0;
  rig.path.pod = rig.podAt(rig.backend.port);
  for (const peer of rig.backend.peers.splice(0)) peer.socket.destroy();
  client.send(one.request);
  const pod = await rig.backend.peer();
  await pod.until('\r\n\r\n');
  if (pace === 'whole') pod.send(one.bytes);
  else await pod.sendByteByByte(one.bytes);
  if (one.podEnds) pod.socket.end();
  const fate = one.fate === 'broken' ? (pace === 'whole' ? 'refused' : 'cut') : one.fate;
  if (fate === 'cut') {
    await client.gone();
    expect(client.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.received.endsWith('0\r\n\r\n')).toBe(false);
    expect(rig.path.log.at(-1)).toBe('ended cut 200');
    return;
  }
  if (fate === 'refused') {
    await client.until(
      /^HTTP\/1\.1 101 /.test(one.bytes) ? 'x-rouse-error' : (received) => received.includes('HTTP/1.1 502 '),
    );
    await client.until('x-rouse-error: ');
    expect(client.received.replace(/HTTP\/1\.1 1\d\d .*?\r\n\r\n/gs, '')).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(rig.path.log.slice(-2)).toEqual([
      one.podEnds ? expect.stringMatching(/^failed lost (?:never|replayable)$/) : 'failed bad-response never',
      'ended refused 502',
    ]);
  } else {
    await client.until((received) => bare(received, one).length >= one.client.length);
    expect(bare(client.received, one)).toBe(one.client);
  }
  if (one.closes) await client.until(() => client.hasEnded);
  if (!one.kept) await pod.gone();
  if (!one.closes) {
    client.received = '';
    client.send(GET.replace('/', '/next'));
    const next = await rig.backend.peer(one.kept ? 0 : 1);
    await next.until('GET /next ');
    next.send(ok('Content-Length: 4\r\n', 'next'));
    await client.until('\r\n\r\nnext');
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  }
  expect(rig.backend.peers).toHaveLength(one.kept || one.closes ? 1 : 2);
}

runCorpus(corpus, run);
