import { describe, expect, test } from 'vitest';
import type { DemandSample } from './demand-sample.ts';
import { DEFAULT_SCALE_SETTINGS, type ScaleSettings } from './scale-settings.ts';
import { createScaler, type Decision, type ScaleFacts, type Scaler } from './scaler.ts';

const settings: ScaleSettings = { ...DEFAULT_SCALE_SETTINGS, target: 100, maxScale: 50 };
const asleep: ScaleFacts = {
  replicas: 0,
  readyPods: 0,
  usable: false,
  everReady: true,
  firstSeenReplicas: 0,
  unknownMembers: [],
  wallMs: Date.UTC(2026, 0, 1),
};

function sample(inFlight: number, held: number, more: Partial<DemandSample> = {}): DemandSample {
  const concurrency = inFlight + held;
  return {
    member: 'a',
    instance: 'a1',
    periodMs: 1000,
    beat: true,
    concurrency,
    inFlight,
    held,
    arrivals: null,
    idleMs: null,
    ...more,
  };
}

/** A sleeping workload whose operator has been up for long. */
function sleeper(over: Partial<ScaleSettings> = {}): Scaler {
  const scaler = createScaler({ nowMs: -3_600_000, settings: { ...settings, ...over }, readyPods: 0 });
  scaler.record(-1_000, sample(0, 0));
  return scaler;
}

interface Write {
  readonly atMs: number;
  readonly n: number;
}

/** `count` requests spread over `spreadMs` wait; a report each 10 ms; writes are sent when the decision allows. Ends before a pod is up. */
function burst(
  scaler: Scaler,
  count: number,
  spreadMs: number,
  forMs = 1_500,
  metric: 'concurrency' | 'rps' = 'concurrency',
): Write[] {
  const writes: Write[] = [];
  let replicas = 0;
  for (let nowMs = 0; nowMs <= forMs; nowMs += 10) {
    const held = Math.min(count, spreadMs === 0 ? count : Math.max(1, Math.ceil((count * nowMs) / spreadMs)));
    scaler.record(
      nowMs,
      sample(0, held, { periodMs: 10, beat: nowMs % 1000 === 0, arrivals: metric === 'rps' ? held : null }),
    );
    const decision = scaler.decide(nowMs, { ...asleep, replicas }, 'wake');
    if (decision.writeAtMs === null || decision.writeAtMs > nowMs) continue;
    replicas = decision.desired;
    scaler.wrote(nowMs);
    writes.push({ atMs: nowMs, n: replicas });
  }
  return writes;
}

describe('a wake', () => {
  test.each([
    [90, 1],
    [300, 3],
    [1000, 10],
  ])('a burst of %i on a sleeping workload ends at %i pods; wishes rise and none exceeds the last', (count, final) => {
    for (const spreadMs of [0, 40, 200, 900]) {
      const writes = burst(sleeper(), count, spreadMs);
      expect(writes.at(-1)!.n).toBe(final);
      expect(writes[0]!.atMs).toBe(0);
      expect(writes.at(-1)!.atMs).toBeLessThanOrEqual(spreadMs + 100);
      for (const [index, write] of writes.entries()) {
        if (index === 0) continue;
        expect(write.n).toBeGreaterThan(writes[index - 1]!.n);
        expect(write.atMs - writes[index - 1]!.atMs).toBeGreaterThanOrEqual(50);
      }
    }
  });

  test.each([300, 1_000])(
    'a burst of %i keeps its final count while its pods come up, work it off and the surge passes',
    (count) => {
      const scaler = sleeper();
      const writes = burst(scaler, count, 50, 2_000);
      const final = writes.at(-1)!.n;
      let left = count;
      let arrived = 0;
      for (let nowMs = 2_100; nowMs < 40_000; nowMs += 100) {
        // A pod becomes ready each 200 ms; each works off 100 a second.
        const readyPods = Math.min(final, 1 + Math.floor((nowMs - 2_100) / 200));
        left = Math.max(0, left - readyPods * 10);
        if (nowMs % 1_000 === 300) {
          arrived += 1;
          scaler.record(nowMs, sample(left, 0, { idleMs: left > 0 ? 0 : 100 }));
        }
        const decision = scaler.decide(nowMs, { ...asleep, replicas: final, readyPods, usable: true }, 'tick');
        expect(decision.desired).toBe(final);
      }
      expect(arrived).toBeGreaterThan(30);
    },
  );

  test('a burst beyond max-scale ends at max-scale', () => {
    expect(burst(sleeper(), 9_000, 0).at(-1)!.n).toBe(50);
  });

  test('one write adds at most --max-wake-step, the next comes 50 ms later', () => {
    const writes = burst(sleeper({ maxWakeStep: 4 }), 1_000, 0);
    expect(writes.map((write) => write.n)).toEqual([4, 8, 10]);
    expect(writes.map((write) => write.atMs)).toEqual([0, 50, 100]);
  });

  test('with rps the wish is the arrivals of the last second over the target', () => {
    expect(burst(sleeper({ metric: 'rps' }), 300, 100, 800, 'rps').at(-1)!.n).toBe(3);
  });

  test('activation-scale and min-scale lift the wish, initial-scale does not touch a sleeping one', () => {
    expect(burst(sleeper({ activationScale: 4 }), 1, 0)[0]!.n).toBe(4);
    expect(burst(sleeper({ minScale: 2, initialScale: 9 }), 1, 0)[0]!.n).toBe(2);
  });

  test('departing clients never lower a wish while no pod is usable', () => {
    const scaler = sleeper();
    scaler.record(0, sample(0, 300, { periodMs: 10, beat: false }));
    expect(scaler.decide(0, asleep, 'wake').desired).toBe(3);
    scaler.record(1_000, sample(0, 5));
    scaler.record(2_000, sample(0, 5));
    expect(scaler.decide(2_000, { ...asleep, replicas: 3 }, 'tick').desired).toBe(3);
  });

  test('while anything waits and the API shows no replicas, the wish is asserted again', () => {
    const scaler = sleeper();
    scaler.record(0, sample(0, 1, { periodMs: 10, beat: false }));
    expect(scaler.decide(0, asleep, 'wake').writeAtMs).toBe(0);
    scaler.wrote(0);
    expect(scaler.decide(20, asleep, 'tick').writeAtMs).toBe(50);
    expect(scaler.decide(2_000, asleep, 'tick').writeAtMs).toBe(2_000);
  });

  test('a wake by hand asks for one pod and keeps it for a window', () => {
    const scaler = sleeper();
    scaler.wakeByHand(0);
    expect(scaler.decide(0, asleep, 'wake').desired).toBe(1);
    const up = { ...asleep, replicas: 1, readyPods: 1, usable: true };
    scaler.record(3_000, sample(0, 0));
    expect(scaler.decide(3_000, up, 'tick')).toMatchObject({ desired: 1, sleep: { kind: 'none', sleepsInMs: 57_000 } });
    scaler.record(59_999, sample(0, 0));
    expect(scaler.decide(60_000, up, 'tick').desired).toBe(0);
  });

  test('a wake by hand whose pod takes longer than the window to start is not undone, and its window begins with the pod', () => {
    const scaler = sleeper();
    scaler.wakeByHand(0);
    expect(scaler.decide(0, asleep, 'wake').desired).toBe(1);
    const starting = { ...asleep, replicas: 1 };
    for (let nowMs = 2_000; nowMs <= 100_000; nowMs += 2_000) {
      scaler.record(nowMs, sample(0, 0));
      expect(scaler.decide(nowMs, starting, 'tick').desired).toBe(1);
    }
    const up = { ...starting, readyPods: 1, usable: true };
    expect(scaler.decide(101_000, up, 'tick').sleep.sleepsInMs).toBe(59_000);
  });

  test('a wake by hand whose pod never comes ends after five minutes', () => {
    const scaler = sleeper();
    scaler.wakeByHand(0);
    const starting = { ...asleep, replicas: 1 };
    for (let nowMs = 0; nowMs < 300_000; nowMs += 2_000) {
      scaler.record(nowMs, sample(0, 0));
      scaler.decide(nowMs, starting, 'tick');
    }
    expect(scaler.decide(300_000, starting, 'tick').sleep.sleepsInMs).toBeGreaterThan(50_000);
    scaler.record(359_000, sample(0, 0));
    expect(scaler.decide(360_000, starting, 'tick').desired).toBe(0);
  });
});

const one: ScaleFacts = { ...asleep, replicas: 1, readyPods: 1, usable: true };

/** An awake workload with one pod; its only request ended at 0. */
function awake(over: Partial<ScaleSettings> = {}): Scaler {
  const scaler = createScaler({
    nowMs: -3_600_000,
    settings: { ...settings, windowMs: 6_000, panicWindowMs: 1_000, ...over },
    readyPods: 1,
  });
  scaler.record(-500, sample(1, 0));
  scaler.decide(-500, one, 'tick');
  scaler.record(100, sample(0, 0, { concurrency: 0.4, idleMs: 100 }));
  return scaler;
}

function beats(scaler: Scaler, fromMs: number, toMs: number, facts = one): Decision[] {
  const decisions: Decision[] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 1_000) {
    scaler.record(nowMs, sample(0, 0));
    decisions.push(scaler.decide(nowMs, facts, 'tick'));
  }
  return decisions;
}

describe('sleep', () => {
  test('one pod stays until the last request ended a window ago, to the millisecond', () => {
    const scaler = awake();
    const decisions = beats(scaler, 1_100, 5_100);
    expect(decisions.map((decision) => decision.desired)).toEqual([1, 1, 1, 1, 1]);
    expect(decisions.at(-1)).toMatchObject({ decideAtMs: 6_000, sleep: { kind: 'none', due: false, sleepsInMs: 900 } });
    expect(scaler.decide(5_999, one, 'tick').desired).toBe(1);
    expect(scaler.decide(6_000, one, 'sleep')).toMatchObject({
      desired: 0,
      sleep: { kind: 'sleep', due: true, sleepsInMs: 0 },
    });
  });

  test('a long request keeps it awake however little the average says', () => {
    const scaler = awake({ target: 1e6 });
    for (let nowMs = 1_000; nowMs < 20_000; nowMs += 1_000) {
      scaler.record(nowMs, sample(1, 0));
      expect(scaler.decide(nowMs, one, 'tick')).toMatchObject({ desired: 1, sleep: { sleepsInMs: null } });
    }
  });

  test('scale-down-delay is added to the window', () => {
    const scaler = awake({ scaleDownDelayMs: 10_000 });
    expect(beats(scaler, 1_100, 15_100).at(-1)).toMatchObject({ desired: 1, sleep: { sleepsInMs: 900 } });
    expect(scaler.decide(16_000, one, 'sleep').desired).toBe(0);
  });

  test('retention keeps one last pod, counted from the decision to sleep', () => {
    const scaler = awake({ retentionMs: 30_000 });
    expect(beats(scaler, 1_100, 6_100).at(-1)).toMatchObject({
      desired: 1,
      sleep: { kind: 'retention', due: true, sleepsInMs: 29_900 },
    });
    const two = { ...one, replicas: 2, readyPods: 2 };
    expect(scaler.decide(6_200, two, 'tick').desired).toBe(1);
    expect(beats(scaler, 7_100, 35_100).at(-1)!.desired).toBe(1);
    expect(scaler.decide(36_000, one, 'sleep').desired).toBe(0);
  });

  test('a silent proxy forbids every scale-down, and the time to sleep is unknown', () => {
    const scaler = awake();
    beats(scaler, 1_100, 5_100);
    const decision = scaler.decide(7_000, { ...one, unknownMembers: ['b'] }, 'tick');
    expect(decision).toMatchObject({ desired: 1, sleep: { kind: 'none', due: false, sleepsInMs: null } });
  });

  test('a silent proxy that was lost with its node forbids sleep, but not fewer pods', () => {
    const scaler = awake();
    beats(scaler, 1_100, 5_100);
    const three = { ...one, replicas: 3, readyPods: 3, unknownForZero: ['b'] };
    const decision = scaler.decide(7_000, three, 'tick');
    expect(decision).toMatchObject({ desired: 1, sleep: { kind: 'none', due: false, sleepsInMs: null } });
    expect(scaler.decide(7_001, { ...three, unknownForZero: [] }, 'tick').sleep.due).toBe(true);
  });

  test('without any proxy that reports nothing is scaled down', () => {
    const scaler = createScaler({ nowMs: 0, settings, readyPods: 1 });
    const decision = scaler.decide(600_000, one, 'tick');
    expect(decision).toMatchObject({ desired: 1, known: false, sleep: { due: false, sleepsInMs: null } });
  });

  test('after its own start the operator scales nothing down before one full window', () => {
    const scaler = createScaler({ nowMs: 0, settings, readyPods: 1 });
    const four = { ...one, replicas: 4 };
    for (let nowMs = 1_000; nowMs < 60_000; nowMs += 1_000) {
      scaler.record(nowMs, sample(0, 0));
      expect(scaler.decide(nowMs, four, 'tick').desired).toBe(4);
    }
    expect(scaler.decide(60_000, four, 'tick').desired).toBe(0);
  });

  test('an operator restart wakes nothing', () => {
    const scaler = createScaler({ nowMs: 0, settings: { ...settings, initialScale: 3 }, readyPods: 0 });
    expect(scaler.decide(1, asleep, 'tick')).toMatchObject({ desired: 0, known: false });
    scaler.record(1_000, sample(0, 0));
    expect(scaler.decide(1_000, asleep, 'tick').desired).toBe(0);
  });

  test('a proxy process that died with requests counts as a request that ended then', () => {
    const scaler = awake();
    scaler.record(1_000, sample(2, 0));
    scaler.record(3_000, sample(0, 0, { instance: 'a2' }));
    expect(scaler.decide(3_000, one, 'tick').sleep.sleepsInMs).toBe(6_000);
    scaler.record(4_000, sample(1, 0, { instance: 'a2' }));
    scaler.forget(5_000, 'a');
    expect(scaler.decide(5_000, one, 'tick').sleep.sleepsInMs).toBe(6_000);
  });

  test('a foreign write restarts the idle clock and the delay', () => {
    const scaler = awake({ scaleDownDelayMs: 4_000 });
    beats(scaler, 1_100, 9_100);
    const five = { ...one, replicas: 5, readyPods: 5 };
    scaler.foreignWrite(9_200, 5);
    expect(scaler.decide(9_200, five, 'foreign-write')).toMatchObject({ desired: 5, sleep: { sleepsInMs: 10_000 } });
  });

  test('set to zero by hand within a window: it stays there until a request comes', () => {
    const scaler = awake();
    scaler.record(1_000, sample(3, 0));
    scaler.record(2_000, sample(0, 0));
    scaler.foreignWrite(2_100, 0);
    expect(scaler.decide(2_100, asleep, 'foreign-write').desired).toBe(0);
    scaler.record(3_000, sample(0, 0));
    expect(scaler.decide(4_000, asleep, 'tick')).toMatchObject({ desired: 0, observed: expect.closeTo(1, 0) });
    scaler.record(4_100, sample(0, 1));
    expect(scaler.decide(4_100, asleep, 'wake').desired).toBe(1);
  });

  test('set to zero by hand while a request waits, or below min-scale: it is raised again', () => {
    const busy = awake();
    busy.record(1_000, sample(0, 1));
    busy.foreignWrite(1_100, 0);
    expect(busy.decide(1_100, asleep, 'foreign-write').desired).toBe(1);
    const floored = awake({ minScale: 2 });
    floored.foreignWrite(1_100, 0);
    expect(floored.decide(1_100, asleep, 'foreign-write').desired).toBe(2);
  });

  test('min-scale, a cluster without scale-to-zero, and a pause keep it from zero', () => {
    for (const [over, desired] of [
      [{ minScale: 2 }, 2],
      [{ enableScaleToZero: false }, 1],
      [{ paused: 'hold' }, 1],
      [{ paused: 3 }, 3],
    ] as const) {
      const scaler = awake(over);
      expect(beats(scaler, 1_100, 9_100).at(-1)).toMatchObject({ desired, sleep: { sleepsInMs: null } });
    }
  });
});

describe('a start', () => {
  test('over more than one ready pod begins in panic and keeps them for a window', () => {
    const scaler = createScaler({ nowMs: 0, settings, readyPods: 4 });
    scaler.record(1_000, sample(1, 0));
    const four = { ...one, replicas: 4, readyPods: 4 };
    expect(scaler.decide(1_000, four, 'tick')).toMatchObject({ desired: 4, panicking: true });
    for (let nowMs = 2_000; nowMs <= 62_000; nowMs += 1_000) scaler.record(nowMs, sample(1, 0));
    expect(scaler.decide(62_000, four, 'tick')).toMatchObject({ desired: 2, panicking: false });
  });

  test('initial-scale is reached once by a workload first seen with replicas, above max-scale too', () => {
    const scaler = createScaler({
      nowMs: -3_600_000,
      settings: { ...settings, initialScale: 5, maxScale: 3 },
      readyPods: 0,
    });
    scaler.record(0, sample(0, 0));
    const fresh = { ...asleep, replicas: 1, everReady: false, firstSeenReplicas: 1 };
    expect(scaler.decide(100, fresh, 'tick').desired).toBe(5);
    scaler.record(1_000, sample(500, 0));
    const up = { ...fresh, replicas: 5, everReady: true, readyPods: 5, usable: true };
    expect(scaler.decide(1_100, up, 'tick').desired).toBe(3);
  });

  test('desired is unknown before the first decision that knows anything', () => {
    const scaler = createScaler({ nowMs: 0, settings, readyPods: 0 });
    expect(scaler.desired).toBeNull();
    scaler.decide(1, asleep, 'tick');
    expect(scaler.desired).toBeNull();
    scaler.record(2, sample(0, 1));
    scaler.decide(2, asleep, 'wake');
    expect(scaler.desired).toBe(1);
  });

  test('new settings keep what was seen', () => {
    const scaler = createScaler({ nowMs: -3_600_000, settings, readyPods: 1 });
    for (let nowMs = 1_000; nowMs <= 70_000; nowMs += 1_000) scaler.record(nowMs, sample(90, 0));
    scaler.configure(70_100, { ...settings, target: 30, windowMs: 30_000 });
    expect(scaler.decide(70_200, one, 'settings')).toMatchObject({ desired: 3, observed: 90 });
  });
});

describe('load', () => {
  test('reports of all proxies add up, whenever in the second they come', () => {
    const scaler = createScaler({
      nowMs: -3_600_000,
      settings: { ...settings, windowMs: 6_000, panicWindowMs: 1_000 },
      readyPods: 4,
    });
    const facts = { ...one, replicas: 4, readyPods: 4 };
    const observed: number[] = [];
    for (let nowMs = 0; nowMs < 30_000; nowMs += 50) {
      if (nowMs % 1_000 === 50) scaler.record(nowMs, sample(150, 0));
      if (nowMs % 1_000 === 900) scaler.record(nowMs, sample(50, 0, { member: 'b', instance: 'b1' }));
      const decision = scaler.decide(nowMs, facts, 'tick');
      if (nowMs > 10_000) observed.push(decision.observed);
    }
    expect(Math.min(...observed)).toBeGreaterThan(199);
    expect(Math.max(...observed)).toBeLessThan(201);
  });

  test('jitter of the beats never makes load out of nothing', () => {
    const scaler = createScaler({
      nowMs: -3_600_000,
      settings: { ...settings, windowMs: 6_000, panicWindowMs: 1_000 },
      readyPods: 1,
    });
    let previousMs = 0;
    for (let beat = 1; beat < 60; beat++) {
      const nowMs = beat * 1_000 + (beat % 2 === 0 ? 0 : -40);
      scaler.record(nowMs, sample(95, 0, { periodMs: nowMs - previousMs }));
      previousMs = nowMs;
      expect(scaler.decide(nowMs, one, 'tick').desired).toBe(1);
    }
  });

  test('an alarm counts the demand it reports at once, so panic starts without waiting for the beat', () => {
    const scaler = awake({ target: 10 });
    scaler.record(2_000, sample(5, 0));
    const { alarm } = scaler.decide(2_000, one, 'tick');
    expect(alarm).toBe(11);
    scaler.record(2_010, sample(40, 0, { periodMs: 10, beat: false }));
    expect(scaler.decide(2_010, one, 'alarm')).toMatchObject({ desired: 4, panicking: true });
  });

  test('the record tells each rule that moved the number, in plain words', () => {
    const scaler = createScaler({ nowMs: -3_600_000, settings: { ...settings, target: 2, maxScale: 5 }, readyPods: 1 });
    scaler.record(1_000, sample(24, 0));
    const { record, changed } = scaler.decide(1_000, one, 'tick');
    expect(record).toMatchObject({ at: '2026-01-01T00:00:00.000Z', cause: 'tick', from: 1, to: 5 });
    expect(record.steps.map((step) => [step.rule, step.before, step.after, step.why])).toEqual([
      ['average', 1, 12, '24 at once over 60 s / 2 per pod = 12'],
      ['max-scale', 12, 5, 'never more than 5'],
    ]);
    expect(record.steps[1]!.annotation).toBe('autoscaling.knative.dev/max-scale');
    expect(changed).toBe(true);
    expect(scaler.decide(1_100, { ...one, replicas: 5 }, 'tick').changed).toBe(false);
    expect(scaler.decisions()).toEqual([record]);
  });
});

test('reports that arrive sooner or later than they were cut do not make 300 requests look like more', () => {
  const settings: ScaleSettings = { ...DEFAULT_SCALE_SETTINGS, target: 100, windowMs: 6_000, panicWindowMs: 1_000 };
  const scaler = createScaler({ nowMs: 0, settings, readyPods: 0 });
  let receivedMs = 0;
  for (let beat = 1; beat <= 40; beat++) {
    // Cut each 1003 ms, received after a delay that varies by 9 ms.
    receivedMs = beat * 1_003 + ((beat * 7) % 10);
    const sample = {
      member: 'p',
      instance: 'i',
      periodMs: 1_003,
      beat: true,
      concurrency: 300,
      inFlight: 0,
      held: 300,
      arrivals: 300,
      idleMs: 0,
    };
    scaler.record(receivedMs, sample);
    const facts = {
      replicas: 3,
      readyPods: 0,
      usable: false,
      everReady: false,
      firstSeenReplicas: 0,
      unknownMembers: [],
      wallMs: 0,
    };
    expect(scaler.decide(receivedMs, facts, 'tick').desired).toBe(3);
  }
});
