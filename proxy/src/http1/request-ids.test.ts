import { until } from '@rouse/contract/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { addedToRequest, type Rig, startRig, transports } from './http1-fixture.ts';
import { RequestHead } from './request-head.ts';
import { RequestIds } from './request-ids.ts';

let rig: Rig | null = null;
afterEach(() => {
  rig?.stop();
  rig = null;
});

const LOOPBACK = { text: '127.0.0.1', family: 4, network: 0x7f000001n, prefixBits: 32 } as const;
const MADE = /^[0-9a-f]{32}$/;

function claiming(requestId: string): RequestHead {
  const head = new RequestHead();
  head.requestId = requestId;
  return head;
}

test('ids made are 32 digits, never twice the same, also of two proxies', () => {
  const [one, other] = [new RequestIds(true), new RequestIds(true)];
  const made = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? one : other).make());
  for (const id of made) expect(id).toMatch(MADE);
  expect(new Set(made).size).toBe(made.length);
});

test('an id is kept only where it is harmless and whoever sent it may choose', () => {
  const all = new RequestIds(true);
  const trusted = new RequestIds(false);
  for (const id of ['a', '7b0ea1f2-3c55-4d0e-9f5b-0d3f8a1b2c3d', 'Root=1-67891233:x/y+z@w~', 'x'.repeat(128)]) {
    expect([all.of(claiming(id), false), trusted.of(claiming(id), true)]).toEqual([id, id]);
    expect(trusted.of(claiming(id), false)).toMatch(MADE);
  }
  for (const id of ['', 'x'.repeat(129), 'a b', 'a,b', 'a, b', '"', '<b>', 'a\tb', 'é', '$(x)', "'", '\\', '{}']) {
    expect(all.of(claiming(id), true)).toMatch(MADE);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (id) => {
      const given = all.of(claiming(id), true);
      expect(given).toMatch(/^[A-Za-z0-9._~+/=:@-]{1,128}$/);
    }),
  );
});

for (const transport of transports) {
  const request = (fields = '') => `GET / HTTP/1.1\r\nHost: app.test\r\n${fields}\r\n`;
  const idsOf = (text: string) => [...text.matchAll(/^x.request.id: (.*)\r$/gim)].map((match) => match[1]);

  test(`a pod gets each request with an id, one the client chose or a new one · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { requestIds: new RequestIds(true) } });
    const client = await rig.client();
    client.send(request('x-request-ID: mine-1\r\nConnection: x-request-id\r\n'));
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    expect(pod.received).toBe(
      `GET / HTTP/1.1\r\nHost: app.test\r\n${addedToRequest('app.test')}X-Request-Id: mine-1\r\n\r\n`,
    );
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('ok');
    // Its answers are the pod's own.
    expect(client.received).not.toMatch(/request-id/i);
    client.send(request('X-Request-Id: one\r\nX-Request-Id: two\r\nX_Request_Id: three\r\n'));
    await pod.until((received) => received.split('\r\n\r\n').length === 3);
    expect(idsOf(pod.received)).toEqual(['mine-1', expect.stringMatching(MADE)]);
  });

  test(`a held request keeps its id, and one sent again too · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { requestIds: new RequestIds(true) } });
    rig.path.holds = true;
    rig.path.retries = 1;
    const client = await rig.client();
    client.send(request());
    await until(() => rig!.path.held.length === 1);
    rig.path.release();
    const first = await rig.backend.peer();
    await first.until('\r\n\r\n');
    first.socket.destroy();
    const second = await rig.backend.peer(1);
    await second.until('\r\n\r\n');
    expect(idsOf(first.received)).toHaveLength(1);
    expect(idsOf(second.received)).toEqual(idsOf(first.received));
  });

  test(`the proxy's own answers name the request, in a field and in the body · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { requestIds: new RequestIds(true) } });
    const client = await rig.client();
    client.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\nX-Request-Id: find-me\r\n\r\n');
    await client.until('"requestId":"find-me"}');
    expect(idsOf(client.received)).toEqual(['find-me']);
    client.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\nX-Request-Id: find-me-too\r\nAccept: text/html\r\n\r\n');
    await client.until('(no-route)\nrequest find-me-too\n');
    client.send('no request\r\n\r\n');
    await client.until('bad-request');
    await client.gone();
    expect(idsOf(client.received)).toEqual(['find-me', 'find-me-too', expect.stringMatching(MADE)]);
  });

  test(`where only trusted peers may choose, others' ids are replaced · ${transport.name}`, async () => {
    const requestIds = new RequestIds(false);
    rig = await startRig(transport, { server: { requestIds } });
    const client = await rig.client();
    client.send(request('X-Request-Id: mine\r\n'));
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    expect(idsOf(pod.received)).toEqual([expect.stringMatching(MADE)]);
    rig.stop();
    rig = await startRig(transport, { server: { requestIds, trustedProxies: [LOOPBACK] } });
    (await rig.client()).send(request('X-Request-Id: mine\r\n'));
    const trusting = await rig.backend.peer();
    await trusting.until('\r\n\r\n');
    expect(idsOf(trusting.received)).toEqual(['mine']);
  });

  test(`where requests get no ids the field is passed on as it comes · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(request('X-Request-Id: one two\r\nX-Request-Id:three\r\n'));
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    expect(pod.received).toContain('X-Request-Id: one two\r\nX-Request-Id: three\r\n');
    client.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('no-route');
    expect(client.received).not.toMatch(/request-?id/i);
  });
}
