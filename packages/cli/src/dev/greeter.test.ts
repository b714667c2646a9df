import { manualClock } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { sampleWorkload } from '../testing/sample-workload.ts';
import { createGreeter, type Given } from './greeter.ts';

const hello = { namespace: 'default', name: 'hello', path: '/healthz' };
const shop = { namespace: 'team-a', name: 'shop', path: '/' };

function start(given: Given[], ports = [8080], ready = true) {
  const clock = manualClock();
  const lines: string[] = [];
  const greeter = createGreeter({
    clock,
    addresses: { domain: 'example.com', ports, operatorUrl: 'http://127.0.0.1:9090', apiUrl: 'http://127.0.0.1:6440' },
    given: () => given,
    withinMs: 2_000,
    print: (line) => lines.push(line),
  });
  const snapshot = (...workloads: ReturnType<typeof sampleWorkload>[]) =>
    greeter.event({ type: 'snapshot', workloads, transitions: [] });
  if (ready) greeter.proxiesReady();
  return { clock, lines, greeter, snapshot };
}

const asleep = sampleWorkload({ state: 'asleep', sleepsInMs: null });
const awakeShop = sampleWorkload({ namespace: 'team-a', name: 'shop', metric: 'rps', target: 1.4 });

test('the greeting waits for the last workload, then shows table, commands and addresses', () => {
  const { lines, greeter, snapshot } = start([hello, shop], [8080, 8082]);
  snapshot(asleep);
  expect(lines).toEqual([]);
  greeter.event({ type: 'workload', workload: awakeShop });
  expect(lines).toEqual([
    '',
    'WORKLOAD      STATE    HOST                        TARGET',
    'hello         asleep   hello.default.example.com   70 at once per pod',
    'team-a/shop   awake    shop.default.example.com    1.4 requests/s per pod',
    '',
    "  curl -H 'Host: hello.default.example.com' http://localhost:8080/healthz",
    "  curl -H 'Host: shop.default.example.com' http://localhost:8080/",
    '',
    'page     http://127.0.0.1:9090/',
    'kubectl  kubectl --server http://127.0.0.1:6440 get pods -w',
    'proxies  http://localhost:8080 http://localhost:8082',
    '',
  ]);
});

test('nothing is shown before the proxies take requests: the commands must work', () => {
  const { lines, greeter, snapshot } = start([hello], [8080], false);
  snapshot(asleep);
  expect(lines).toEqual([]);
  greeter.proxiesReady();
  expect(lines).toContain('page     http://127.0.0.1:9090/');
});

test('proxies that are late are waited for however long it takes, and nothing else then', () => {
  const { clock, lines, greeter } = start([hello], [8080], false);
  clock.advance(60_000);
  expect(lines).toEqual([]);
  greeter.proxiesReady();
  expect(lines).toContain('page     http://127.0.0.1:9090/');
});

test('an operator that is late is not waited for, and what it tells later is shown then', () => {
  const { clock, lines, snapshot } = start([hello]);
  clock.advance(1_999);
  expect(lines).toEqual([]);
  clock.advance(1);
  expect(lines).toContain('hello      starting   hello.default.example.com   -');
  const greeted = lines.length;
  snapshot(asleep);
  expect(lines.slice(greeted)).toEqual([]);
});

test('without a Deployment the greeting says so, at once', () => {
  const { lines, snapshot } = start([]);
  snapshot();
  expect(lines).toContain('No Deployment found in these paths; one that is added there shows up here.');
  expect(lines).toContain('page     http://127.0.0.1:9090/');
});

test('a workload that is added later gets a line and a command, and one that goes is told', () => {
  const given = [hello];
  const { lines, greeter, snapshot } = start(given);
  snapshot(asleep);
  lines.length = 0;
  given.push(shop);
  greeter.event({ type: 'workload', workload: awakeShop });
  expect(lines.filter((line) => line.includes('shop'))).toHaveLength(2);
  greeter.event({ type: 'workload', workload: awakeShop });
  expect(lines.filter((line) => line.includes('shop'))).toHaveLength(2);
  greeter.event({ type: 'removed', namespace: 'team-a', name: 'shop' });
  expect(lines.at(-1)).toBe('team-a/shop is gone');
});

test('the snapshot of an operator that came back repeats nothing', () => {
  const { lines, snapshot } = start([hello]);
  snapshot(asleep);
  lines.length = 0;
  snapshot(sampleWorkload());
  expect(lines).toEqual([]);
});

test('a fault is told once while it lasts, though its figures change, and again when it comes back', () => {
  const { lines, greeter, snapshot } = start([hello]);
  snapshot(asleep);
  lines.length = 0;
  const crashing = (restarts: number) =>
    greeter.event({
      type: 'workload',
      workload: sampleWorkload({ blocked: { code: 'crash-loop', message: `${restarts} restarts` } }),
    });
  crashing(2);
  crashing(3);
  expect(lines).toEqual(['hello: its pods cannot start: 2 restarts']);
  greeter.event({ type: 'workload', workload: sampleWorkload() });
  crashing(4);
  expect(lines).toEqual(['hello: its pods cannot start: 2 restarts', 'hello: its pods cannot start: 4 restarts']);
});

test('problems stand in the greeting, and a workload that is left alone gets no command', () => {
  const { lines, snapshot } = start([hello]);
  snapshot(sampleWorkload({ unmanaged: 'class hpa', problems: ['window: "1s"'] }));
  expect(lines.some((line) => line.includes('curl'))).toBe(false);
  expect(lines.filter((line) => line.startsWith('hello: '))).toEqual([
    'hello: left alone: class hpa',
    'hello: window: "1s"',
  ]);
});

test('a workload that is no longer left alone gets its line and its command', () => {
  const { lines, greeter, snapshot } = start([hello]);
  snapshot(sampleWorkload({ unmanaged: 'its annotations have errors' }));
  lines.length = 0;
  greeter.event({ type: 'workload', workload: sampleWorkload() });
  greeter.event({ type: 'workload', workload: sampleWorkload() });
  expect(lines.filter((line) => line.startsWith('  curl '))).toHaveLength(1);
});

test('transitions are printed as they come, before and after the greeting', () => {
  const { lines, greeter } = start([hello]);
  const transition = { at: '', namespace: 'default', name: 'hello', from: 1, to: 0, coldStart: null, why: 'idle 6 s' };
  greeter.event({ type: 'transition', transition });
  expect(lines).toEqual(['hello 1→0  idle 6 s']);
});
