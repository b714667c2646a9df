import type { Report } from '@rouse/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entry, type PathFixture, pathFixture, pod, type RecordedExchange } from './path-fixture.ts';

function news(reports: Report[]): Report | undefined {
  return reports.filter((report) => !report.beat).at(-1);
}

test('the first request of a sleeping workload is told in the same turn, with who woke it', () => {
  const { fleet, listen, turn, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const reports = listen();
  clock.advance(300);
  arrive('web', (exchange) => {
    exchange.path = '/shop';
    exchange.fields.set('user-agent', 'curl/8.5.0');
  });
  turn();
  const report = news(reports)!;
  expect(report.workloads).toHaveLength(1);
  expect(report.workloads[0]).toMatchObject({
    key: 'default/web',
    held: 1,
    inFlight: 0,
    arrivals: 1,
    completions: 0,
    idleMs: 0,
    wake: { by: 'curl GET /shop', agoMs: 0 },
  });
});

test('values from requests are shortened and made harmless before they are told', () => {
  const { fleet, listen, turn, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const reports = listen();
  arrive('web', (exchange) => {
    exchange.path = `/\u00e9${'x'.repeat(500)}`;
    exchange.fields.set('user-agent', '\u00e9vil\u0007bot/1');
  });
  turn();
  const by = news(reports)!.workloads[0]!.wake!.by;
  expect(by).toMatch(/^\?vil\?bot GET \/\?x+…$/);
  expect(by.length).toBeLessThan(120);
});

test('further held requests of a burst are told together, a few milliseconds apart', () => {
  const { fleet, listen, turn, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const reports = listen();
  for (let ms = 0; ms < 100; ms++) {
    arrive('web');
    turn();
    clock.advance(1);
    turn();
  }
  clock.advance(20);
  turn();
  const early = reports.slice(1);
  expect(early.length).toBeLessThanOrEqual(8);
  expect(early.at(-1)!.workloads[0]!.held).toBe(100);
  expect(early.filter((report) => report.workloads[0]!.wake !== undefined)).toHaveLength(1);
});

test('demand that crosses the alarm is told at once, and once per beat', () => {
  const { fleet, listen, turn, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')], { alarm: 3 })], 1);
  const reports = listen();
  const running = [arrive('web'), arrive('web')];
  turn();
  clock.advance(10);
  const before = reports.length;
  running.push(arrive('web'));
  turn();
  expect(reports).toHaveLength(before + 1);
  expect(reports.at(-1)!.workloads[0]!.inFlight).toBe(3);
  running.pop()!.end();
  arrive('web');
  clock.advance(10);
  turn();
  expect(reports).toHaveLength(before + 1);
});

test('arming, closing, emptying and revoking are told at once', () => {
  const { fleet, listen, turn, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const reports = listen();
  const steps: [string, () => void][] = [];
  const exchange = arrive('web');
  const lastPod = () => reports.at(-1)!.workloads[0]!.pods[0];
  steps.push(['closed', () => fleet.put(entry('web', [pod('a', { phase: 'closed' })]), 1)]);
  steps.push(['empty', () => exchange.end()]);
  steps.push(['armed', () => fleet.put(entry('web', [pod('a', { phase: 'armed' })]), 1)]);
  steps.push(['revoked', () => void arrive('web')]);
  turn();
  const seen = steps.map(([what, run]) => {
    clock.advance(10);
    turn();
    const before = reports.length;
    run();
    turn();
    expect(reports.length, what).toBe(before + 1);
    const { phase, inFlight, revoked, usable } = lastPod()!;
    return [phase, inFlight, revoked, usable];
  });
  expect(seen).toEqual([
    ['closed', 1, false, false],
    ['closed', 0, false, false],
    ['armed', 0, false, true],
    ['ready', 1, true, true],
  ]);
});

test('an acknowledgement is repeated with every beat, and tells the generation applied', () => {
  const { fleet, listen, clock } = pathFixture();
  const closed = entry('web', [pod('a', { phase: 'closed' })]);
  fleet.replace([closed], 1);
  const reports = listen();
  clock.advance(3000);
  const beats = reports.filter((report) => report.beat);
  expect(beats).toHaveLength(3);
  for (const beat of beats) {
    expect(beat.workloads[0]).toMatchObject({
      generation: closed.generation,
      pods: [{ uid: 'a', phase: 'closed', inFlight: 0 }],
    });
  }
});

test('a pod that left the table is told until it is empty, and once more then', () => {
  const { fleet, listen, turn, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  fleet.put(entry('web', []), 1);
  const reports = listen();
  clock.advance(1000);
  expect(reports.at(-1)!.workloads[0]!.pods).toEqual([
    { uid: 'a', phase: 'closed', inFlight: 1, revoked: false, usable: false },
  ]);
  exchange.end();
  turn();
  expect(reports.at(-1)!.workloads[0]!.pods[0]!.inFlight).toBe(0);
  clock.advance(2000);
  expect(reports.at(-1)!.workloads).toEqual([]);
});

test('a cold start is told with its stages when the first held request gets its first byte', () => {
  const { fleet, path, listen, turn, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const reports = listen();
  const exchange = arrive('web', (arriving) => arriving.fields.set('user-agent', 'curl/8'));
  clock.advance(200);
  const probe = { kind: 'http', port: 8080, path: '/', timeoutMs: 1000 } as const;
  fleet.put(entry('web', [pod('a', { phase: 'starting', probe })]), 1);
  clock.advance(150);
  attempts.at(-1)!.done(true);
  expect(exchange.at).toBe('a');
  clock.advance(30);
  path.responded(exchange);
  turn();
  expect(news(reports)!.workloads[0]!.coldStart).toEqual({
    by: 'curl GET /',
    podMs: 200,
    portMs: 350,
    firstByteMs: 380,
  });
  exchange.end();
  clock.advance(2000);
  expect(
    reports.filter((report) => report.workloads.some((workload) => workload.coldStart !== undefined)),
  ).toHaveLength(1);
});

test('a pod that becomes usable is told at once', () => {
  const { fleet, listen, turn, attempts } = pathFixture();
  const probe = { kind: 'tcp', port: 8080, timeoutMs: 1000 } as const;
  fleet.replace([entry('web', [pod('a', { phase: 'starting', probe })])], 1);
  const reports = listen();
  attempts[0]!.done(true);
  turn();
  expect(reports.at(-1)!.workloads[0]!.pods).toEqual([
    { uid: 'a', phase: 'starting', inFlight: 0, revoked: false, usable: true },
  ]);
});

test('a pod found usable by our own probe is told with every report of its workload', () => {
  const { fleet, listen, turn, clock, attempts, arrive } = pathFixture();
  const probe = { kind: 'tcp', port: 8080, timeoutMs: 1000 } as const;
  fleet.replace([entry('web', [pod('a', { probe })])], 1);
  attempts[0]!.done(true);
  const reports = listen();
  clock.advance(1000);
  arrive('web').end();
  turn();
  expect(reports.at(-1)!.workloads).toMatchObject([{ arrivals: 1, pods: [{ uid: 'a', inFlight: 0, usable: true }] }]);
});

test('a reader that comes while a request waits learns of it at once', () => {
  const { fleet, listen, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  arrive('web');
  clock.advance(700);
  const reports = listen();
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({ beat: false, periodMs: 0 });
  expect(reports[0]!.workloads[0]).toMatchObject({ held: 1, concurrency: 1, wake: { agoMs: 700 } });
});

test('readers with different beats each get averages over their own periods', () => {
  const { fleet, listen, clock, turn, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  const first = listen();
  clock.advance(500);
  const second = listen();
  exchange.end();
  turn();
  clock.advance(500);
  expect(first.at(-1)).toMatchObject({ beat: true, periodMs: 1000 });
  expect(first.at(-1)!.workloads[0]!.concurrency).toBeCloseTo(0.5);
  clock.advance(500);
  expect(second.at(-1)).toMatchObject({ beat: true, periodMs: 1000 });
  expect(second.at(-1)!.workloads[0]!.concurrency).toBe(0);
  expect(second.at(-1)!.workloads[0]).toMatchObject({ idleMs: 1000, arrivals: 1, completions: 1 });
});

test('an idle workload is absent, whatever it did before', () => {
  const { fleet, listen, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const reports = listen();
  arrive('web').end();
  clock.advance(2000);
  expect(reports.at(-1)).toMatchObject({ beat: true, workloads: [] });
});

test('a reader that does not keep up gets nothing more until it has drained, then the sum at once', () => {
  const { fleet, reports, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const got: Report[] = [];
  const stream = reports.open((report) => {
    got.push(structuredClone(report));
    return false;
  });
  for (let second = 0; second < 5; second++) {
    arrive('web').end();
    clock.advance(1000);
  }
  expect(got).toHaveLength(1);
  stream.drained();
  expect(got[1]).toMatchObject({ periodMs: 5000 });
  expect(got[1]!.workloads[0]).toMatchObject({ arrivals: 5, completions: 5 });
  stream.close();
  clock.advance(5000);
  expect(got).toHaveLength(2);
});

const step = fc.record({ do: fc.constantFrom('arrive', 'end', 'wait', 'push'), n: fc.nat(1500) });

test('counters only rise, demand is arrivals less completions, and averages add up to the integral of demand', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const fixture: PathFixture = pathFixture();
      const { fleet, listen, clock, turn, arrive } = fixture;
      fleet.replace([entry('web', [])], 1);
      const reports = listen();
      const all: RecordedExchange[] = [];
      let integral = 0;
      const wait = (ms: number) => {
        for (let done = 0; done < ms; done++) {
          integral += all.filter((exchange) => exchange.workload !== null).length;
          clock.advance(1);
          turn();
        }
      };
      for (const { do: what, n } of steps) {
        const live = all.filter((exchange) => exchange.workload !== null);
        if (what === 'arrive') all.push(arrive('web'));
        else if (what === 'end') live[n % Math.max(1, live.length)]?.end();
        else if (what === 'push') fleet.put(entry('web', n % 2 === 0 ? [] : [pod('a')]), 1);
        else wait(n % 300);
        turn();
      }
      for (const exchange of all) if (exchange.workload !== null) exchange.end();
      wait(1000);
      let sum = 0;
      let previous = { arrivals: 0, completions: 0 };
      for (const report of reports) {
        for (const workload of report.workloads) {
          sum += workload.concurrency * report.periodMs;
          expect(workload.arrivals).toBeGreaterThanOrEqual(previous.arrivals);
          expect(workload.completions).toBeGreaterThanOrEqual(previous.completions);
          expect(workload.inFlight + workload.held).toBe(workload.arrivals - workload.completions);
          previous = workload;
        }
      }
      expect(sum).toBeCloseTo(integral, 3);
    }),
    { numRuns: 60 },
  );
});
