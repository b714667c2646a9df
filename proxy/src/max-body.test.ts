import { expect, test } from 'vitest';
import { entry } from './path-fixture.ts';
import { backend, Harness, local } from './proxy-fixture.ts';

for (const transport of ['onread', 'data'] as const) {
  test(`a body announced too large gets 413 before it waits: it wakes nothing and does not count · ${transport}`, async () => {
    const harness = await Harness.start({ transport });
    const reports = await harness.reports();
    await harness.put(entry('web', [], { limits: { maxBodyBytes: 10 } }));
    const client = await harness.client();
    client.socket.write('POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n');
    const answer = await client.until(/\r\n\r\n\{.*\}\n/);
    expect(answer).toMatch(/^HTTP\/1.1 413 Content Too Large\r\n/);
    expect(answer).toContain('x-rouse-error: body-too-large\r\n');
    expect(answer).toContain('Connection: close\r\n');
    expect((await harness.admin('/v1/workloads')).text).toMatch(/"arrivals":0/);
    expect(reports.flatMap((report) => report.workloads.filter(({ wake }) => wake !== undefined))).toEqual([]);
    const { text } = await harness.admin('/metrics');
    expect(text).toContain('rouse_proxy_failures_total{namespace="default",name="web",code="body-too-large"} 1');
  });

  test(`a body of just the limit passes, by length or chunked; a chunked one that came whole is refused whole · ${transport}`, async () => {
    const harness = await Harness.start({ transport });
    const app = await backend((request, response) => {
      let length = 0;
      request.on('data', (bytes: Buffer) => {
        length += bytes.length;
      });
      request.on('end', () => response.end(`got ${length}`));
    });
    await harness.put(entry('web', [local('a', app.port)], { limits: { maxBodyBytes: 10 } }));
    const client = await harness.client();
    client.socket.write('POST /1 HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\n0123456789');
    await client.until(/got 10/);
    client.socket.write(
      'POST /2 HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n',
    );
    await client.until(/got 10[\s\S]*got 10/);
    client.socket.write(
      'POST /3 HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n',
    );
    await client.until(/413 Content Too Large/);
    expect(app.requests.map(({ url }) => url)).toEqual(['/1', '/2']);
  });
}
