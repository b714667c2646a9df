/** Runs the request corpus against the engine on sockets: whole and byte by byte, on both transports. */
import { until } from '@rouse/contract/testing';
import { expect } from 'vitest';
import { type Peer, type Rig, turns, VIA } from '../src/http1/http1-fixture.ts';
import type { RequestCase } from './request-case.ts';
import { chunks } from './requests/chunks.ts';
import { connections } from './requests/connection.ts';
import { contentLength } from './requests/content-length.ts';
import { fields } from './requests/fields.ts';
import { hosts } from './requests/host.ts';
import { requestLine } from './requests/request-line.ts';
import { targets } from './requests/targets.ts';
import { transferEncoding } from './requests/transfer-encoding.ts';
import { type Pace, runCorpus } from './run-corpus.ts';

const corpus = { requestLine, targets, hosts, fields, contentLength, transferEncoding, chunks, connections };

/** Sent behind every case: whether it is read as a request of its own tells where the one before it ended. */
const NEXT = 'GET /next HTTP/1.1\r\nHost: next.test\r\n\r\n';
const ADDED = new RegExp(
  `Via: 1\\.[01] ${VIA}\r\nX-Forwarded-For: 127\\.0\\.0\\.1\r\nX-Forwarded-Proto: http\r\n` +
    '(?:X-Forwarded-Host: [^\r]+\r\n)?Forwarded: for=127\\.0\\.0\\.1;(?:host=[^\r]+;)?proto=http\r\n',
  'g',
);

/** What pods got, without what this hop adds to each request. */
function seenBy(rig: Rig): string {
  return rig.backend.peers.map((peer) => peer.received.replace(ADDED, '')).join('');
}

/** Answers each of the requests that are due as soon as all of it is there. */
function answerInTurn(rig: Rig, requests: readonly string[]): void {
  let answered = 0;
  rig.backend.onPeer = (peer: Peer) =>
    peer.socket.on('data', () => {
      if (answered === requests.length || seenBy(rig) !== requests.slice(0, answered + 1).join('')) return;
      answered++;
      peer.send('HTTP/1.1 204 No Content\r\n\r\n');
    });
}

async function run(rig: Rig, client: Peer, one: RequestCase, pace: Pace): Promise<void> {
  const goesOn = one.refused === undefined && !one.closes && !one.waits;
  const requests = goesOn ? [...one.pod, NEXT] : one.pod;
  rig.path.log.length = 0;
  rig.path.pod = rig.podAt(rig.backend.port);
  for (const peer of rig.backend.peers.splice(0)) peer.socket.destroy();
  answerInTurn(rig, requests);
  const bytes = one.waits ? one.bytes : one.bytes + NEXT;
  if (pace === 'whole') client.send(bytes);
  else await client.sendByteByByte(bytes);
  if (one.waits) {
    await until(() => seenBy(rig) === (one.partly ?? ''));
    await turns();
    expect(client.received).toBe('');
    expect(client.hasEnded).toBe(false);
  } else {
    const answers = requests.length + (one.refused === undefined ? 0 : 1);
    await client.until((received) => received.split('HTTP/1.1 ').length > answers);
    if (!goesOn) await client.until(() => client.hasEnded);
    const last = client.received.slice(client.received.lastIndexOf('HTTP/1.1 '));
    if (one.refused === undefined) expect(last).toMatch(/^HTTP\/1\.1 204 /);
    else {
      expect(last).toMatch(new RegExp(`^HTTP/1\\.1 ${one.refused[0]} [A-Z]`));
      expect(last).toContain(`\r\nx-rouse-error: ${one.refused[1]}\r\n`);
    }
    expect(last.includes('\r\nConnection: close\r\n')).toBe(!goesOn);
    expect(client.received.split('HTTP/1.1 ')).toHaveLength(answers + 1);
  }
  const seen = seenBy(rig);
  const whole = requests.join('');
  expect(seen.slice(0, whole.length)).toBe(whole);
  const rest = seen.slice(whole.length);
  if (pace === 'whole' && !one.waits) expect(rest).toBe('');
  else
    expect((one.partly ?? '').startsWith(rest), `beyond ${JSON.stringify(one.partly)}: ${JSON.stringify(rest)}`).toBe(
      true,
    );
  expect(rig.path.log.filter((line) => line.startsWith('failed'))).toEqual([]);
}

runCorpus(corpus, run);
