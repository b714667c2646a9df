import type { Transition } from '@rouse/contract';
import { type ManualClock, manualClock, until } from '@rouse/contract/testing';
import { CHROMIUM_SWITCHES, findChromium } from '@rouse/daemon/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeSource } from '../api/fake-source.ts';
import { type ServedOperator, serveOperator } from '../api/serve-operator.ts';

const executablePath = findChromium();
if (executablePath === null) {
  if (process.env.CI === 'true') throw new Error('Chromium is not installed; the page must be tested in it here');
  console.warn('skipped: the page in a real browser, since no Chromium is in PATH');
}
const inBrowser = test.skipIf(executablePath === null);

let browser: Browser;
let page: Page;
let source: FakeSource;
let clock: ManualClock;
let served: ServedOperator;
/** Console errors, exceptions and policy violations; every test ends with none but those it allows. */
let faults: string[];

beforeAll(async () => {
  if (executablePath !== null) browser = await chromium.launch({ executablePath, args: CHROMIUM_SWITCHES });
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  if (executablePath === null) return;
  source = new FakeSource();
  clock = manualClock();
  faults = [];
  served = await serveOperator({ source, clock });
  page = await browser.newPage();
  page.setDefaultTimeout(5000);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.addInitScript({
    content:
      'addEventListener("securitypolicyviolation", (event) => console.error("policy:", event.violatedDirective))',
  });
});

afterEach(async () => {
  if (executablePath === null) return;
  await page.close();
  await served.close();
  expect(faults).toEqual([]);
});

inBrowser(
  'a workload shows state, demand, held, decision, cold starts, blocked reason and how to reach it',
  async () => {
    const decided = {
      rule: 'wake',
      before: 0,
      after: 2,
      why: '4 held / 2 per pod = 2',
      annotation: 'autoscaling.knative.dev/target',
    };
    const lastDecision = {
      at: new Date().toISOString(),
      cause: 'wake',
      from: 0,
      to: 2,
      inputs: {},
      steps: [decided],
    } as const;
    source.set('hello', { state: 'waking', desired: 2, held: 4, observed: 4, target: 2, lastDecision });
    source.set('shop/broken', {
      blocked: { code: 'image-pull', message: 'back-off pulling image' },
      problems: ['port: none'],
    });
    source.story.push(coldStart('hello'));
    await open();
    const card = cardOf('default/hello');
    await expectText(card, /waking · 0–∞ pods · default/);
    await expectText(card, /Held\s*4/);
    await expectText(card, /Replicas\s*0\/2/);
    await expectText(card, /Up from 0 to 2 pods because a request arrived/);
    await expectText(card, /4 held \/ 2 per pod = 2/);
    await expectText(card, /change it with autoscaling\.knative\.dev\/target/);
    await expectText(card, /curl -H 'Host: hello\.default\.example\.com' http:\/\/localhost:8080\//);
    const stages = await page.locator(`${card} .stages`).getAttribute('aria-label');
    expect(stages).toBe('patched after 4 ms, started after 210 ms, port after 388 ms, first byte after 391 ms');
    await expectText(`${card} .cold-legend`, /patched 4 msstarted 210 msport 388 msfirst byte 391 ms/);
    expect(await page.locator(`${card} [role=meter]`).getAttribute('aria-valuetext')).toBe(
      '4 concurrent, no pod ready; 4 now',
    );
    await expectText(cardOf('shop/broken'), /Blocked: image-pull back-off pulling image/);
    await expectText(cardOf('shop/broken'), /Problem port: none/);
    await expectText('#activity', /hello0 → 1woken by curl GET \/, first byte after 391 ms/);
    expect(await page.title()).toBe('Rouse');
  },
);

inBrowser(
  'changes appear without a reload: figures, a countdown, a transition, a new workload and one that went',
  async () => {
    source.set('hello');
    await open();
    source.set('hello', { state: 'awake', desired: 1, replicas: 1, ready: 1, inFlight: 3, sleepsInMs: 90_000 });
    await expectText(cardOf('default/hello'), /awake/);
    await expectText(cardOf('default/hello'), /In flight\s*3/);
    await expectText(cardOf('default/hello'), /Sleeps in\s*1 min (30|29) s/);
    await expectText(cardOf('default/hello'), /Sleeps in\s*1 min (28|27) s/);
    source.set('prod/other');
    await page.locator(cardOf('prod/other')).waitFor();
    source.happened({ ...coldStart('other'), namespace: 'prod' });
    await expectText(cardOf('prod/other'), /curl GET \//);
    source.remove('default/hello');
    await page.locator(cardOf('default/hello')).waitFor({ state: 'detached' });
  },
);

inBrowser('the chart begins with what the operator remembers and goes on by itself', async () => {
  source.set('hello', { state: 'awake', ready: 3, desired: 3 });
  clock.advance(120_000);
  await open();
  const chart = `${cardOf('default/hello')} .chart:not(.small)`;
  await page.locator(`${chart} canvas`).waitFor();
  const label = async () => (await page.locator(chart).getAttribute('aria-label')) ?? '';
  await until(async () =>
    /^Ready replicas over the last (1 min 59 s|2 min \d s): between 3 and 3, now 3$/.test(await label()),
  );
  source.set('hello', { ready: 1 });
  await until(async () => /between 1 and 3, now 1$/.test(await label()));
});

inBrowser('the wake button posts and says what the operator answered', async () => {
  source.set('hello');
  await open();
  source.wakeResult = { ok: false, reason: 'refused', message: 'paused by rouse.dev/paused' };
  await page.getByRole('button', { name: 'Wake default/hello' }).click();
  await expectText(cardOf('default/hello'), /Not woken: paused by rouse\.dev\/paused/);
  faults = faults.filter((fault) => !fault.includes('status of 409'));
  source.wakeResult = { ok: true, desired: 1, message: 'waking' };
  await page.getByRole('button', { name: 'Wake default/hello' }).press('Enter');
  await until(() => source.woken.length === 2);
  expect(source.woken).toEqual(['default/hello', 'default/hello']);
  source.set('hello', { state: 'waking', desired: 1 });
  await until(() => page.getByRole('button', { name: 'Wake default/hello' }).isDisabled());
});

inBrowser('a lost operator is told at once, and its restart is noticed without a reload', async () => {
  source.set('hello', { held: 1 });
  await open();
  const { port } = served;
  await served.close();
  await expectText('#connection', /Disconnected/);
  await expectText('#notice', /Disconnected from the operator\..*figures are \d+ s old/);
  source.set('hello', { held: 7 });
  source.set('second');
  served = await serveOperator({ source, clock, port });
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expectText('#connection', /Live/);
  await expectText(cardOf('default/hello'), /Held\s*7/);
  await page.locator(cardOf('default/second')).waitFor();
  expect(await page.locator('#notice').isVisible()).toBe(false);
  faults = faults.filter((fault) => !fault.includes('net::ERR_'));
});

inBrowser('markup in names and messages is shown as text', async () => {
  const markup = '<img src=x onerror="document.title=1">';
  source.set(`default/${markup}`, { problems: [markup], blocked: { code: markup, message: markup }, hosts: [markup] });
  source.happened({ ...coldStart(markup), why: markup });
  await open();
  await expectText('#list', /<img src=x onerror/);
  expect(await page.locator('#list img, #activity img').count()).toBe(0);
  expect(await page.title()).toBe('Rouse');
});

inBrowser('fifty workloads start collapsed, open by keyboard, and can be filtered by words and by state', async () => {
  for (let i = 0; i < 50; i++) {
    source.set(`team-${i % 5}/service-${i}`, i % 2 === 0 ? {} : { state: 'awake', desired: 1, ready: 1 });
  }
  await open();
  expect(await page.locator('.card').count()).toBe(50);
  expect(await page.locator('.card-body:visible').count()).toBe(0);
  await page.getByRole('button', { name: 'Details of team-0/service-0', exact: true }).press('Enter');
  await page.locator(`${cardOf('team-0/service-0')} .card-body`).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('team-1 example');
  await until(async () => (await page.locator('.card:visible').count()) === 10);
  await page.locator('#states label', { hasText: 'Awake' }).click();
  await until(async () => (await page.locator('.card:visible').count()) === 5);
  await page.locator('#filter').fill('no such thing');
  await page.locator('#nothing').waitFor();
  await page.locator('#filter').press('Escape');
  await until(async () => (await page.locator('.card:visible').count()) === 25);
});

inBrowser('with no workload it explains what to annotate', async () => {
  await open();
  await expectText('#empty', /kubectl annotate deployment hello rouse\.dev\/enabled=true/);
  source.set('hello');
  await page.locator('#empty').waitFor({ state: 'hidden' });
});

inBrowser('where a token is wanted the page asks for it', async () => {
  await served.close();
  served = await serveOperator({ source, clock, authorized: (field) => field === 'Bearer secret' });
  source.set('hello');
  await page.goto(`http://127.0.0.1:${served.port}/`);
  await page.getByLabel('Token', { exact: true }).fill('secret');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.locator(cardOf('default/hello')).waitFor();
  faults = faults.filter((fault) => !fault.includes('status of 401'));
});

inBrowser('nothing is wider than the window, wide or narrow, light or dark', async () => {
  source.set('custom-model-autoscaling-with-a-long-name', {
    problems: ['x'.repeat(300)],
    hosts: [`${'h'.repeat(200)}.example.com`],
  });
  source.story.push(coldStart('custom-model-autoscaling-with-a-long-name'));
  await open();
  for (const width of [1600, 1100, 800, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const scrollWidth = await page.evaluate('document.documentElement.scrollWidth');
      expect(scrollWidth, `${width} ${colorScheme}`).toBeLessThanOrEqual(width);
    }
  }
});

async function open(): Promise<void> {
  await page.goto(`http://127.0.0.1:${served.port}/`);
  await expectText('#connection', /Live/);
  await page.waitForFunction(`document.querySelector('.card, #empty:not([hidden])') !== null`);
}

function cardOf(key: string): string {
  return `.card[data-key="${key}"]`;
}

async function expectText(selector: string, expected: RegExp): Promise<void> {
  const text = async () =>
    (await page
      .locator(selector)
      .first()
      .textContent()
      .catch(() => null)) ?? '';
  let last = '';
  await until(async () => {
    last = await text();
    return expected.test(last);
  }, `${expected} in ${selector}`).catch((error: unknown) => {
    throw new Error(`${error}; it says: ${last}`);
  });
}

function coldStart(name: string): Transition {
  const stages = { by: 'curl GET /', podMs: 20, portMs: 388, firstByteMs: 391, patchedMs: 4, startedMs: 210 };
  return { at: new Date().toISOString(), namespace: 'default', name, from: 0, to: 1, why: 'woken', coldStart: stages };
}
