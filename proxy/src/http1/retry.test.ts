/** Which attempts may be repeated (RFC 9110 9.2.2), and that a repeated one is byte for byte the same. */
import net from 'node:net';
import { until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { addedToRequest, type Rig, startRig, transports, turns } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const HOST = 'Host: app.test\r\n';
const ADDED = addedToRequest('app.test');
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

const lost: readonly (readonly [name: string, start: string, body: string, expected: string])[] = [
  ['GET', `GET / HTTP/1.1\r\n${HOST}`, '', 'replayable'],
  ['HEAD', `HEAD / HTTP/1.1\r\n${HOST}`, '', 'replayable'],
  ['OPTIONS', `OPTIONS / HTTP/1.1\r\n${HOST}`, '', 'replayable'],
  ['DELETE', `DELETE / HTTP/1.1\r\n${HOST}`, '', 'replayable'],
  ['PUT with a short body', `PUT / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n`, 'hello', 'replayable'],
  ['PUT with 8 KiB', `PUT / HTTP/1.1\r\n${HOST}Content-Length: 8192\r\n`, 'a'.repeat(8_192), 'replayable'],
  ['PUT with more', `PUT / HTTP/1.1\r\n${HOST}Content-Length: 8193\r\n`, 'a'.repeat(8_193), 'never'],
  ['POST', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n`, 'hello', 'never'],
  ['POST without a body', `POST / HTTP/1.1\r\n${HOST}`, '', 'never'],
  ['PATCH', `PATCH / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n`, '', 'never'],
  ['a method nobody knows', `FROB / HTTP/1.1\r\n${HOST}`, '', 'never'],
];

for (const transport of transports) {
  test.each(lost)(`%s lost after it was sent · ${transport.name}`, async (_name, start, body, expected) => {
    rig = await startRig(transport);
    rig.path.retries = 1;
    const client = await rig.client();
    client.send(`${start}\r\n${body}`);
    const sent = `${start}${ADDED}\r\n${body}`;
    const pod = await rig.backend.peer();
    await pod.until((received) => received.length >= sent.length);
    expect(pod.received).toBe(sent);
    pod.socket.resetAndDestroy();
    if (expected === 'never') await client.until('x-rouse-error: pod-lost');
    else {
      const second = await rig.backend.peer(1);
      await second.until((received) => received.length >= sent.length);
      expect(second.received).toBe(sent);
      second.send(NO_CONTENT);
      await client.until('HTTP/1.1 204');
    }
    expect(rig.path.log[0]).toBe(`failed lost ${expected}`);
  });

  test(`nothing is repeated once a byte of a response came, an interim one included · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.retries = 1;
    for (const begun of ['HTTP/1.1 103 Early Hints\r\n\r\n', 'H']) {
      const client = await rig.client();
      client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
      await until(() => rig.backend.peers.length > 0);
      const pod = rig.backend.peers.pop()!;
      await pod.until('\r\n\r\n');
      pod.send(begun);
      await turns();
      pod.socket.resetAndDestroy();
      await client.until('x-rouse-error: pod-lost');
      expect(rig.path.log.shift()).toBe('failed lost never');
      expect(rig.path.log.shift()).toBe('ended refused 502');
    }
  });

  test(`a refused connect leaves the request whole, whatever its method · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const working = rig.path.pod;
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as net.AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    rig.path.pod = rig.podAt(port);
    const failed = rig.path.failed.bind(rig.path);
    rig.path.retries = 1;
    rig.path.failed = (exchange, fault, resend) => {
      rig.path.pod = working;
      failed(exchange, fault, resend);
    };
    const client = await rig.client();
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nhello`);
    const pod = await rig.backend.peer();
    await pod.until('hello');
    client.send('world');
    await pod.until('helloworld');
    expect(pod.received).toBe(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n${ADDED}\r\nhelloworld`);
    pod.send(NO_CONTENT);
    await client.until('HTTP/1.1 204');
    expect(rig.path.log).toEqual(['failed connect unsent', 'responded 204', 'ended answered 204']);
    expect(rig.engine.stats.podConnectsRefused).toBe(1);
  });

  test(`an upload goes on where it was after its first attempt was lost early · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.retries = 1;
    const client = await rig.client();
    client.send(`PUT / HTTP/1.1\r\n${HOST}Content-Length: 15\r\n\r\nhello`);
    const pod = await rig.backend.peer();
    await pod.until('hello');
    client.send('world');
    await pod.until('helloworld');
    pod.socket.resetAndDestroy();
    const second = await rig.backend.peer(1);
    await second.until('helloworld');
    client.send('again');
    await second.until('again');
    expect(second.received).toBe(`PUT / HTTP/1.1\r\n${HOST}Content-Length: 15\r\n${ADDED}\r\nhelloworldagain`);
    second.send(NO_CONTENT);
    await client.until('HTTP/1.1 204');
  });

  test(`an idle connection the pod closed is replaced without a failure · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    const request = `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`;
    client.send(request);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send(NO_CONTENT);
    await client.until('204');
    pod.socket.end();
    await until(() => rig.path.pod!.connections.open === 0);
    client.send(request);
    const second = await rig.backend.peer(1);
    await second.until('\r\n\r\n');
    second.send(NO_CONTENT);
    await client.until((received) => received.split('204').length === 3);
    expect(rig.path.log.filter((line) => line.startsWith('failed'))).toEqual([]);
  });
}
