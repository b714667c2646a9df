import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@rouse/daemon';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type AccessEntry, AccessLog } from './access-log.ts';
import { entry } from './path-fixture.ts';
import { backend, freePort, Harness, local } from './proxy-fixture.ts';
import { startProxy } from './start-proxy.ts';

const WHOLE: AccessEntry = {
  client: '192.0.2.1',
  forwardedFor: '203.0.113.1',
  method: 'GET',
  host: 'shop.example.org',
  target: '/a?b=c',
  protocol: 'HTTP/1.1',
  status: 200,
  outcome: 'answered',
  error: '',
  requestBytes: 100,
  responseBytes: 200,
  durationMs: 1.23456,
  firstByteMs: 1,
  waitMs: 0,
  workload: 'default/shop',
  pod: 'shop-1',
  attempts: 1,
  quiet: false,
  userAgent: 'curl/8',
  referer: undefined,
  requestId: 'id-1',
};

function lineOf(change: Partial<AccessEntry>): string {
  let written = '';
  new AccessLog(systemClock, (line) => {
    written += line;
  }).add({ ...WHOLE, ...change });
  return written;
}

test('a line is one JSON object with what is known, and nothing of what is not', () => {
  const { time, ...line } = JSON.parse(lineOf({}));
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5000);
  const { error, quiet, referer, ...told } = WHOLE;
  expect(line).toEqual({ ...told, durationMs: 1.2, level: 'info', name: 'rouse-proxy', msg: 'request' });
  expect(
    Object.keys(JSON.parse(lineOf({ forwardedFor: undefined, workload: '', pod: '', firstByteMs: null }))),
  ).toEqual(
    'level,time,name,msg,client,method,host,target,protocol,status,outcome,requestBytes,responseBytes,durationMs,waitMs,attempts,requestId,userAgent'.split(
      ',',
    ),
  );
});

test('nothing a client sends can end a value or a line, or make the line too long for one write', () => {
  const latin1 = fc
    .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(10, 13, 34, 92, 0, 127)), { maxLength: 3000 })
    .map((bytes) => String.fromCharCode(...bytes));
  fc.assert(
    fc.property(latin1, latin1, latin1, (target, userAgent, method) => {
      const line = lineOf({ target, userAgent, method, forwardedFor: userAgent, referer: target, host: target });
      expect(line).toMatch(/^[ -~]*\n$/);
      expect(line.length).toBeLessThanOrEqual(4096);
      const read = JSON.parse(line);
      const began = (whole: string, told: string) =>
        told === whole || (told.endsWith('...') && whole.startsWith(told.slice(0, -3)));
      expect(began(target, read.target)).toBe(true);
      expect(began(userAgent, read.userAgent ?? '')).toBe(true);
      expect(read.status).toBe(200);
    }),
  );
});

test('the longest line still fits into one write', () => {
  const long = '\0'.repeat(70_000);
  const line = lineOf({
    client: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    forwardedFor: long,
    method: long,
    host: long,
    target: long,
    userAgent: long,
    referer: long,
    requestId: 'x'.repeat(128),
    workload: `${'n'.repeat(63)}/${'w'.repeat(253)}`,
    pod: 'p'.repeat(253),
    error: 'too-many-connections',
    outcome: 'client-gone',
    requestBytes: Number.MAX_SAFE_INTEGER,
    responseBytes: Number.MAX_SAFE_INTEGER,
    durationMs: 123_456_789.123,
    firstByteMs: 123_456_789.123,
    waitMs: 123_456_789.123,
    attempts: 100,
    quiet: true,
  });
  expect(line.length).toBeLessThanOrEqual(4096);
});

interface Line extends Partial<AccessEntry> {
  readonly msg: string;
}

function logFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-access-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'access.log');
}

function linesOf(path: string): Line[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

for (const transport of ['onread', 'data'] as const) {
  async function open(): Promise<{ harness: Harness; lines(count: number): Promise<Line[]> }> {
    const accessLog = logFile();
    const harness = await Harness.start({ transport, accessLog });
    return {
      harness,
      async lines(count) {
        await expect.poll(() => linesOf(accessLog).length, { timeout: 5000 }).toBe(count);
        return linesOf(accessLog);
      },
    };
  }

  test(`each request of a connection gets its line: sizes on the wire, pod, workload, fields · ${transport}`, async () => {
    const { harness, lines } = await open();
    const app = await backend((request, response) => {
      request.on('end', () => response.end(request.url === '/2' ? 'x'.repeat(100_000) : 'hello'));
    });
    await harness.put(entry('web', [local('pod-a', app.port)]));
    const client = await harness.client();
    const first =
      'POST /1?q=%22 HTTP/1.1\r\nHost: WEB:80\r\nUser-Agent: test "1"\r\nReferer: http://a/\r\nX-Request-Id: r1\r\nX-Forwarded-For: 1.1.1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
    client.socket.write(first);
    await expect.poll(() => app.requests.length).toBe(1);
    // Pipelined behind the end of the first.
    const second = 'GET /2 HTTP/1.1\r\nHost: web\r\n\r\n';
    client.socket.write(`0\r\n\r\n${second}`);
    await expect.poll(() => client.text.length).toBeGreaterThan(100_000);
    const [one, two] = await lines(2);
    expect(one).toMatchObject({
      client: '127.0.0.1',
      method: 'POST',
      host: 'web',
      target: '/1?q=%22',
      protocol: 'HTTP/1.1',
      status: 200,
      outcome: 'answered',
      requestBytes: first.length + 5,
      workload: 'default/web',
      pod: 'pod-a',
      attempts: 1,
      waitMs: 0,
      userAgent: 'test "1"',
      referer: 'http://a/',
      requestId: 'r1',
    });
    expect(one).not.toHaveProperty('forwardedFor');
    expect(one!.firstByteMs).toBeLessThanOrEqual(one!.durationMs!);
    expect(two).toMatchObject({ target: '/2', requestBytes: second.length });
    expect(one!.responseBytes! + two!.responseBytes!).toBe(client.text.length);
  });

  test(`what the proxy answered itself, what was held, who left, and what does not parse · ${transport}`, async () => {
    const { harness, lines } = await open();
    const quiet = [{ kind: 'path', value: '/healthz' }] as const;
    await harness.put(entry('web', [], { quiet, quietStatus: 204 }), entry('full', [], { limits: { queueLimit: 0 } }));
    const client = await harness.client();
    client.get('nowhere', '/a');
    await client.until(/no-route/);
    client.get('full', '/b');
    await client.until(/queue-full/);
    client.get('web', '/healthz');
    await client.until(/204 No Content/);
    const leaver = await harness.client();
    leaver.get('web', '/c');
    await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
    leaver.socket.destroy();
    await lines(4);
    const stray = await harness.client();
    stray.socket.write('what is this\r\n\r\n');
    await stray.until(/bad-request/);
    const [unrouted, full, asleep, left, malformed] = await lines(5);
    expect(unrouted).toMatchObject({ target: '/a', status: 404, outcome: 'refused', error: 'no-route', attempts: 0 });
    expect(unrouted).not.toHaveProperty('workload');
    expect(full).toMatchObject({ workload: 'default/full', status: 503, error: 'queue-full' });
    expect(asleep).toMatchObject({ status: 204, quiet: true, workload: 'default/web' });
    expect(asleep!.responseBytes).toBeGreaterThan(20);
    expect(left).toMatchObject({ target: '/c', status: 499, outcome: 'client-gone', attempts: 0 });
    // It was asked with 100 Continue whether it is there.
    expect([0, 25]).toContain(left!.responseBytes);
    expect(left!.waitMs).toBeGreaterThanOrEqual(0);
    expect(left).not.toHaveProperty('firstByteMs');
    expect(malformed).toMatchObject({ client: '127.0.0.1', status: 400, error: 'bad-request', requestBytes: 16 });
    expect(malformed).not.toHaveProperty('target');
  });

  test(`a request that waited and was sent again tells how long, how often, and where it ended · ${transport}`, async () => {
    const { harness, lines } = await open();
    const dead = await freePort();
    const app = await backend();
    await harness.put(entry('web', []));
    const client = (await harness.client()).get('web', '/d');
    await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
    await harness.put(entry('web', [local('dead', dead), local('alive', app.port)]));
    await client.until(/hello/);
    // Whichever it was sent to first.
    const [line] = await lines(1);
    expect(line).toMatchObject({ status: 200, pod: 'alive', outcome: 'answered' });
    expect([1, 2]).toContain(line!.attempts);
    expect(line!.waitMs).toBeGreaterThan(0);
    expect(line!.durationMs).toBeGreaterThanOrEqual(line!.waitMs!);
  });

  test(`a pod that fails in mid-response is told as such, with what the client got of it · ${transport}`, async () => {
    const { harness, lines } = await open();
    const app = await backend((request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('part', () => request.socket.destroy());
    });
    await harness.put(entry('web', [local('a', app.port)]));
    const client = (await harness.client()).get('web', '/cut');
    await expect.poll(() => client.closed).toBe(true);
    const [line] = await lines(1);
    expect(line).toMatchObject({ target: '/cut', status: 200, outcome: 'cut', responseBytes: client.text.length });
  });

  test(`an upgraded connection gets its line when it ends, with all it carried · ${transport}`, async () => {
    const { harness, lines } = await open();
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
        socket.on('data', (bytes) => socket.end(bytes));
      });
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await harness.put(entry('web', [local('a', (server.address() as AddressInfo).port)]));
    const client = await harness.client();
    client.get('web', '/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    await client.until(/101 Switching Protocols/);
    client.socket.write('echo');
    await expect.poll(() => client.closed).toBe(true);
    const [line] = await lines(1);
    expect(client.text).toMatch(/echo$/);
    expect(line).toMatchObject({ target: '/ws', status: 101, outcome: 'answered', responseBytes: client.text.length });
  });
}

test('a file that cannot be opened is a problem that names the flag', async () => {
  const started = await startProxy({ flags: { port: 0, adminPort: 0, accessLog: '/nowhere/at/all.log' } });
  expect(started).toMatchObject({
    ok: false,
    problems: [{ key: '--access-log', value: '/nowhere/at/all.log', allowed: 'a file that can be appended to' }],
  });
});
