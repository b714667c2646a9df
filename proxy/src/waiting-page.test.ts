import { CHROMIUM_SWITCHES, findChromium } from '@rouse/daemon/testing';
import fc from 'fast-check';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { accepts } from './http1/accept.ts';
import { entry, type PathFixture, pathFixture, pod, type RecordedExchange } from './path-fixture.ts';
import { backend, Harness, local } from './proxy-fixture.ts';
import { waitingPage } from './waiting-page.ts';
import { Workload } from './workload.ts';

const CHROMIUM_ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const IMAGE_PULL = { code: 'image-pull', message: 'secret details' };

function asks(fixture: PathFixture, fields: Readonly<Record<string, string>>, method = 'GET'): RecordedExchange {
  return fixture.arrive('web', (exchange) => {
    exchange.method = method;
    for (const [name, value] of Object.entries(fields)) exchange.fields.set(name, value);
  });
}

test.each([
  ['GET', { accept: CHROMIUM_ACCEPT }, true],
  ['GET', { accept: CHROMIUM_ACCEPT, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, true],
  ['HEAD', { accept: 'text/html' }, true],
  ['GET', { accept: 'TEXT/HTML ; level=1 ; Q=0.4' }, true],
  ['GET', { accept: 'application/json;q=0.5, text/html;q=0.5' }, true],
  ['POST', { accept: CHROMIUM_ACCEPT }, false],
  ['GET', { accept: CHROMIUM_ACCEPT, 'sec-fetch-mode': 'cors' }, false],
  ['GET', {}, false],
  ['GET', { accept: '*/*' }, false],
  ['GET', { accept: 'text/*' }, false],
  ['GET', { accept: 'text/html;q=0' }, false],
  ['GET', { accept: 'text/html;q=2' }, false],
  ['GET', { accept: 'text/html;q=0.5, application/json' }, false],
  ['GET', { accept: 'application/xhtml+xml, text/html5' }, false],
])('%s with %j gets the page: %s', (method, fields, expected) => {
  const fixture = pathFixture();
  fixture.fleet.replace([entry('web', [], { waitingPage: true })], 1);
  expect(asks(fixture, fields, method).last).toBe(expected ? 'reply:503' : 'hold');
});

test('a weight is read as RFC 9110 writes it, and no Accept makes it anything but 0 to 1', () => {
  expect(accepts('a/b;q=0.25, text/html;q=0.5;level=1', 'text/html')).toBe(0.5);
  expect(accepts('text/html;q=0.2,text/html;q=0.7', 'text/html')).toBe(0.7);
  fc.assert(
    fc.property(fc.string(), (accept) => {
      const weight = accepts(accept, 'text/html');
      expect(weight >= 0 && weight <= 1).toBe(true);
    }),
  );
});

test('the page tells how long the workload has been waking, from its first request on, and begins anew after a sleep', () => {
  const fixture = pathFixture();
  const { fleet, clock } = fixture;
  fleet.replace([entry('web', [], { waitingPage: true })], 1);
  expect(asks(fixture, { accept: 'text/html' }).body).not.toContain('It has been');
  clock.advance(61_500);
  fleet.put(entry('web', [], { waitingPage: true, state: 'waking' }), 1);
  expect(asks(fixture, { accept: 'text/html' }).body).toContain('It has been for 1 min 1 s.');
  fleet.put(entry('web', [], { waitingPage: true, state: 'asleep' }), 1);
  clock.advance(5000);
  expect(asks(fixture, { accept: 'text/html' }).body).not.toContain('It has been');
  fleet.put(entry('web', [pod('a')], { waitingPage: true }), 1);
  fleet.put(entry('web', [], { waitingPage: true }), 1);
  clock.advance(5000);
  expect(asks(fixture, { accept: 'text/html' }).body).not.toContain('It has been');
});

test('where no pod can start the page gives the reason its code, goes on trying, and is counted as a failure', () => {
  const fixture = pathFixture();
  const { fleet } = fixture;
  fleet.replace([entry('web', [], { waitingPage: true, blocked: IMAGE_PULL })], 1);
  const reports = fixture.listen();
  const { body, last } = asks(fixture, { accept: 'text/html' });
  expect(last).toBe('reply:503');
  expect(body).toContain('cannot start: The image cannot be pulled (<code>image-pull</code>)');
  expect(body).toContain('http-equiv="refresh"');
  expect(body).not.toContain('secret');
  fixture.turn();
  expect(reports.at(-1)!.workloads[0]!.wake).toBeDefined();
  expect([...fleet.workloads.get('default/web')!.counters.refusals]).toEqual([['image-pull', 1]]);
  // Others get the failure as a program reads it.
  expect(asks(fixture, { accept: 'application/json' }).last).toBe('refuse:image-pull');
  fleet.put(entry('web', [], { blocked: IMAGE_PULL }), 1);
  expect(asks(fixture, { accept: 'text/html' }).last).toBe('refuse:image-pull');
});

test('nothing of a name becomes markup', () => {
  const { body } = waitingPage(new Workload('default/<b>&"\'x', 0), '/"><script>', 0);
  expect(body).toContain('&#60;b&#62;&#38;&#34;&#39;x');
  expect(body).not.toContain('<b>&"');
  expect(body).toContain('url=/./&#34;&#62;&#60;script&#62;"');
});

test('where scripts are off the page leads to its own address, whatever that looks like', () => {
  const leadsTo = (target: string) => {
    const { body } = waitingPage(new Workload('default/web', 0), target, 0);
    const url = /content="1; url=([^"]*)"/.exec(body)![1]!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
    return new URL(url, 'http://shop.example.org/elsewhere').href;
  };
  expect(leadsTo('/a?b=1&c="2"')).toBe('http://shop.example.org/a?b=1&c=%222%22');
  expect(leadsTo('//evil.example/x')).toBe('http://shop.example.org//evil.example/x');
  expect(leadsTo('/\\evil.example/')).toMatch(/^http:\/\/shop\.example\.org\//);
  expect(leadsTo('/caf\xe9')).toBe('http://shop.example.org/caf%e9');
});

for (const transport of ['onread', 'data'] as const) {
  test(`the page on the wire: 503, never stored, nothing but its own style, and HEAD without it · ${transport}`, async () => {
    const harness = await Harness.start({ transport });
    await harness.put(entry('web', [], { waitingPage: true }));
    const client = await harness.client();
    client.get('web', '/', `Accept: ${CHROMIUM_ACCEPT}\r\n`);
    const [head] = (await client.until(/<\/html>/)).split('\r\n\r\n') as [string];
    for (const line of [
      'HTTP/1.1 503 Service Unavailable',
      'Content-Type: text/html; charset=utf-8',
      'Cache-Control: no-store',
      'Retry-After: 1',
      'x-rouse-error: waking',
      'X-Content-Type-Options: nosniff',
    ]) {
      expect(head.split('\r\n')).toContain(line);
    }
    expect(head).toMatch(/\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-/);
    expect(head).not.toContain('Connection: close');
    // The same connection again: HEAD, then a request that does not take the page.
    client.text = '';
    client.socket.write('HEAD / HTTP/1.1\r\nHost: web\r\nAccept: text/html\r\n\r\n');
    await client.until(/\r\n\r\n$/);
    expect(client.text.replace(/Date: .*|X-Request-Id: .*/g, '')).toBe(
      `${head}\r\n\r\n`.replace(/Date: .*|X-Request-Id: .*/g, ''),
    );
    const app = await backend();
    client.text = '';
    client.get('web', '/app');
    await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
    await harness.put(entry('web', [local('a', app.port)], { waitingPage: true }));
    await client.until(/hello$/);
    expect(app.requests.map(({ url }) => url)).toEqual(['/app']);
  });
}

const executablePath = findChromium();
if (executablePath === null) console.warn('skipped: the waiting page in a real browser, since no Chromium is in PATH');
let browser: Browser | undefined;
/** A browser takes seconds to start where others work too. */
const BROWSER_MS = 30_000;
afterAll(() => browser?.close());

for (const scripts of [true, false]) {
  test.skipIf(executablePath === null)(
    `a browser ${scripts ? 'with' : 'without'} scripts sees the page, its reason, and by itself the app`,
    async () => {
      browser ??= await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_SWITCHES });
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(6000);
      const faults: string[] = [];
      page.on('console', (message) => {
        if (!message.text().includes('status of 503')) faults.push(message.text());
      });
      const harness = await Harness.start();
      const app = await backend((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(`<h1>the app at ${request.url}</h1>`);
      });
      const web = (change: Parameters<typeof entry>[2], ...pods: Parameters<typeof entry>[1]) =>
        harness.put(entry('web', pods, { routes: ['127.0.0.1'], waitingPage: true, ...change }));
      await web({});
      const address = `http://127.0.0.1:${harness.proxy.dataPort}/shop?item=1&x=a;b`;
      const response = await page.goto(`${address}#/place`);
      expect(response!.status()).toBe(503);
      await page.getByText('web is waking up').waitFor();
      // Its style passes its own policy. It may just be loading anew.
      const style = "getComputedStyle(document.querySelector('i')).borderRadius";
      await expect.poll(() => page.evaluate(style).catch(() => '')).toBe('50%');
      await page.getByText(/It has been for \d+ s/).waitFor();
      if (scripts) {
        await web({ blocked: IMAGE_PULL });
        await page.getByText('cannot start: The image cannot be pulled (image-pull)').waitFor();
      }
      await web({}, local('a', app.port));
      await page.getByText('the app at /shop?item=1&x=a;b').waitFor();
      // A refresh can keep the place in the page, the fragment, only by script.
      expect(page.url()).toBe(scripts ? `${address}#/place` : address);
      expect(faults).toEqual([]);
    },
    BROWSER_MS,
  );
}
