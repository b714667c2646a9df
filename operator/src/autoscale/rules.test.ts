import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldRules } from './fold.ts';
import { idleState } from './idle.ts';
import type { RuleContext } from './rule.ts';
import { initialMemory } from './rule-memory.ts';
import { rules } from './rules.ts';
import { DEFAULT_SCALE_SETTINGS, panicWindowMs, type ScaleSettings } from './scale-settings.ts';

const NOW_MS = 10_000_000;

const settingsOf: fc.Arbitrary<ScaleSettings> = fc
  .record({
    target: fc.double({ min: 0.01, max: 500, noNaN: true }),
    panicThreshold: fc.double({ min: 1.1, max: 10, noNaN: true }),
    minScale: fc.nat(5),
    maxScale: fc.oneof(fc.constant(0), fc.integer({ min: 5, max: 60 })),
    initialScale: fc.integer({ min: 1, max: 4 }),
    activationScale: fc.integer({ min: 1, max: 5 }),
    maxScaleUpRate: fc.double({ min: 1.1, max: 1000, noNaN: true }),
    maxScaleDownRate: fc.double({ min: 1.1, max: 10, noNaN: true }),
    scaleDownDelayMs: fc.constantFrom(0, 10_000),
    retentionMs: fc.constantFrom(0, 30_000),
    metric: fc.constantFrom('concurrency' as const, 'rps' as const),
    enableScaleToZero: fc.boolean(),
  })
  .map((over) => ({ ...DEFAULT_SCALE_SETTINGS, ...over }));

const facts = fc.record({
  replicas: fc.nat(30),
  ready: fc.nat(30),
  demand: fc.nat(2_000),
  stable: fc.double({ min: 0, max: 2_000, noNaN: true }),
  panic: fc.double({ min: 0, max: 2_000, noNaN: true }),
  known: fc.boolean(),
  usable: fc.boolean(),
  idleMs: fc.nat(300_000),
  unknown: fc.boolean(),
  warm: fc.boolean(),
  everReady: fc.boolean(),
});

type Given = typeof facts extends fc.Arbitrary<infer T> ? T : never;

function contextOf(settings: ScaleSettings, given: Given): RuleContext {
  const replicas = given.replicas;
  const readyPods = Math.min(given.ready, replicas);
  const warmAtMs = given.warm ? 0 : NOW_MS + 1;
  const sinceMs = given.demand > 0 ? NOW_MS : NOW_MS - given.idleMs;
  const unknownMembers = given.unknown ? ['proxy-b'] : [];
  const idle = idleState(
    NOW_MS,
    { sinceMs, demand: given.demand, replicas, unknownMembers: unknownMembers.length, reachable: true, warmAtMs },
    settings,
  );
  return {
    nowMs: NOW_MS,
    cause: 'tick',
    settings,
    replicas,
    readyPods,
    demand: given.demand,
    arrivalsLastSecond: given.demand,
    observed: given.known ? { stable: given.stable, panic: given.panic } : null,
    waking: !given.usable && given.demand > 0,
    reachable: true,
    idle,
    unknownMembers,
    warmAtMs,
    everReady: given.everReady,
    firstSeenReplicas: replicas,
    memory: initialMemory(NOW_MS, settings, readyPods),
  };
}

const decide = (settings: ScaleSettings, given: Given) => foldRules(rules, contextOf(settings, given), given.replicas);

describe('whatever the settings and the load', () => {
  test('the count is whole and never negative, and every step follows from the one before', () => {
    fc.assert(
      fc.property(settingsOf, facts, (settings, given) => {
        const { n, steps } = decide(settings, given);
        expect(Number.isSafeInteger(n) && n >= 0).toBe(true);
        let before = given.replicas;
        for (const step of steps) {
          expect(step.before).toBe(before);
          expect(step.after).not.toBe(before);
          expect(step.why).not.toMatch(/NaN|undefined|null/);
          before = step.after;
        }
        expect(before).toBe(n);
      }),
    );
  });

  test('with demand there is at least one pod', () => {
    fc.assert(
      fc.property(settingsOf, facts, fc.integer({ min: 1, max: 2_000 }), (settings, given, demand) => {
        expect(decide(settings, { ...given, demand }).n).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  test('min-scale and max-scale hold, a silent proxy or a cold operator apart', () => {
    fc.assert(
      fc.property(settingsOf, facts, (settings, given) => {
        const { n } = decide(settings, { ...given, unknown: false, warm: true, everReady: true });
        const waking = !given.usable && given.demand > 0;
        if (!waking) expect(n).toBeGreaterThanOrEqual(settings.minScale);
        if (settings.maxScale > 0) expect(n).toBeLessThanOrEqual(settings.maxScale);
      }),
    );
  });

  test('more load never gives fewer pods, but for what one write may add while waking', () => {
    fc.assert(
      fc.property(settingsOf, facts, fc.nat(500), (anySettings, given, more) => {
        // Its bound comes with waking alone: the first request of all may take a pod off what an average asked for.
        const settings = { ...anySettings, maxWakeStep: Number.MAX_SAFE_INTEGER };
        const loaded = {
          ...given,
          demand: given.demand + more,
          stable: given.stable + more,
          panic: given.panic + more,
        };
        expect(decide(settings, loaded).n).toBeGreaterThanOrEqual(decide(settings, given).n);
      }),
    );
  });

  test('a silent proxy, or an operator that has not seen a full window, scales nothing down', () => {
    fc.assert(
      fc.property(settingsOf, facts, fc.boolean(), (settings, given, silent) => {
        const { n } = decide(settings, { ...given, unknown: silent, warm: silent });
        expect(n).toBeGreaterThanOrEqual(given.replicas);
      }),
    );
  });

  test('a pause outranks everything', () => {
    fc.assert(
      fc.property(settingsOf, facts, fc.nat(9), (settings, given, held) => {
        expect(decide({ ...settings, paused: 'hold' }, given).n).toBe(given.replicas);
        expect(decide({ ...settings, paused: held }, given).n).toBe(held);
      }),
    );
  });

  test('zero comes only from idleness: never while a request ended within the window', () => {
    fc.assert(
      fc.property(
        settingsOf,
        facts.filter((given) => given.replicas > 0),
        (settings, given) => {
          const recent = { ...given, idleMs: given.idleMs % 60_000 };
          expect(decide(settings, recent).n).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});

test('the panic window is rounded to whole seconds, half up, and never shorter than one', () => {
  expect([
    panicWindowMs(6_000, 10),
    panicWindowMs(60_000, 10),
    panicWindowMs(15_000, 10),
    panicWindowMs(14_000, 10),
  ]).toEqual([1_000, 6_000, 2_000, 1_000]);
});
