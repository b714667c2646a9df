import { afterEach, expect, test } from 'vitest';
import { addedToRequest, type Rig, startRig, transports, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const DATE = 'Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n';

for (const transport of transports) {
  for (const pace of ['whole', 'byte by byte'] as const) {
    test(`a GET goes through and the connections stay open, ${transport.name}, ${pace}`, async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      for (let turn = 1; turn <= 3; turn++) {
        const request = `GET /a?b=${turn} HTTP/1.1\r\nHost: app.test\r\nX-One: 1\r\nx-one:  two \r\n`;
        if (pace === 'whole') client.send(`${request}\r\n`);
        else await client.sendByteByByte(`${request}\r\n`);
        const pod = await rig.backend.peer();
        const head =
          `GET /a?b=${turn} HTTP/1.1\r\nHost: app.test\r\nX-One: 1\r\nx-one: two\r\n` + addedToRequest('app.test');
        await pod.until(`${head}\r\n`);
        expect(pod.received).toBe(`${head}\r\n`);
        pod.received = '';
        const response = `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 5\r\nX-A: b\r\n`;
        if (pace === 'whole') pod.send(`${response}\r\nhello`);
        else await pod.sendByteByByte(`${response}\r\nhello`);
        await client.until('hello');
        expect(client.received).toBe(`${response}Via: 1.1 ${VIA}\r\n\r\nhello`);
        client.received = '';
      }
      expect(rig.backend.peers).toHaveLength(1);
      expect(rig.path.log.filter((line) => line.startsWith('ended'))).toEqual(Array(3).fill('ended answered 200'));
    });
  }
}
