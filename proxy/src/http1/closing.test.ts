/** A connection ends with its answer where the client said so itself; else the proxy waits for what may still come. */

import { until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig, transports, turns } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const OK = 'HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\nhello';

for (const transport of transports) {
  for (const [what, request] of [
    ['HTTP/1.1 with close', 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: app.test\r\n\r\n'],
    ['a body and close', 'POST / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'],
  ] as const) {
    test(`${what}: closed with the answer, though the client keeps its side open · ${transport.name}`, async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send(request);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      await until(() => rig.server.openConnections === 1);
      pod.send(OK);
      await client.until('hello');
      await client.gone();
      await until(() => rig.server.openConnections === 0, 'the connection to be forgotten');
      expect(client.errorCode).toBe('');
    });
  }

  test(`an answer that ends with the connection, or that comes before the body: the client ends it · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const [untilClose, uploading] = [await rig.client(), await rig.client()];
    untilClose.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nDate: x\r\n\r\nhello');
    pod.socket.end();
    await untilClose.until(() => untilClose.hasEnded);
    uploading.send('POST / HTTP/1.1\r\nHost: nowhere.test\r\nConnection: close\r\nContent-Length: 9\r\n\r\n');
    await uploading.until(() => uploading.hasEnded);
    await turns();
    expect(rig.server.openConnections).toBe(2);
    for (const client of [untilClose, uploading]) client.socket.end();
    await until(() => rig.server.openConnections === 0);
    expect(untilClose.errorCode + uploading.errorCode).toBe('');
  });
}
