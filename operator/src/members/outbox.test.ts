import type { Fence, WorkloadEntry, WorkloadTable } from '@rouse/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox, type Push } from './outbox.ts';
import { type WantedEntry, WantedTable } from './wanted-table.ts';

/** A proxy by its rules: an older pair is refused, a table replaces everything. */
class ModelProxy {
  applied: Fence = { epoch: 0, generation: 0 };
  table = new Map<string, WorkloadEntry>();

  take(push: Push): boolean {
    const { epoch, generation } = push.fence;
    if (epoch < this.applied.epoch || (epoch === this.applied.epoch && generation < this.applied.generation))
      return false;
    this.applied = push.fence;
    if (push.kind === 'table') {
      const { workloads } = JSON.parse(push.body!) as WorkloadTable;
      this.table = new Map(workloads.map((entry) => [entry.key, entry]));
    } else if (push.kind === 'entry') this.table.set(push.key!, JSON.parse(push.body!) as WorkloadEntry);
    else if (push.kind === 'withdrawal') this.table.delete(push.key!);
    return true;
  }
}

type Step =
  | { readonly do: 'publish' | 'withdraw'; readonly app: number; readonly status: number }
  | { readonly do: 'deliver' | 'lose-answer' | 'lose-push' | 'restart' | 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('publish', 'withdraw'), app: fc.nat(4), status: fc.integer({ min: 100, max: 103 }) }),
  fc.record({ do: fc.constantFrom('deliver', 'lose-answer', 'lose-push', 'restart', 'wait') }),
);

test('whatever is lost and whoever restarts, the proxy ends with the wanted table and is never told more than it has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const wanted = new WantedTable();
      const outbox = new Outbox(
        wanted,
        () => false,
        () => 0,
      );
      outbox.setEpoch(1);
      const keys = new Set<string>();
      let proxy = new ModelProxy();
      let nowMs = 0;
      const deliver = (fate: 'deliver' | 'lose-answer' | 'lose-push'): boolean => {
        const push = outbox.next(nowMs);
        if (push === null) return false;
        if (fate === 'lose-push') outbox.failed(nowMs);
        else {
          const taken = proxy.take(push);
          if (push.kind === 'sign') expect(push.fence.generation).toBeLessThanOrEqual(proxy.applied.generation);
          if (fate === 'lose-answer') outbox.failed(nowMs);
          else if (taken) outbox.accepted(push, nowMs);
          else outbox.needTable();
        }
        return true;
      };
      for (const one of steps) {
        if ('app' in one) {
          const key = `default/app-${one.app}`;
          keys.add(key);
          const generation =
            one.do === 'publish' ? wanted.set(entry(key, one.status)).generation : (wanted.delete(key) ?? null);
          if (generation !== null) outbox.changed(key, generation);
        } else if (one.do === 'restart') {
          proxy = new ModelProxy();
          outbox.needTable();
        } else if (one.do === 'wait') nowMs += 3000;
        else deliver(one.do);
      }
      nowMs += 3000;
      for (let i = 0; outbox.dueInMs(nowMs) === 0 && deliver('deliver'); i++) expect(i).toBeLessThan(50);
      for (const key of keys) expect(proxy.table.get(key)).toEqual(wanted.get(key));
      expect(outbox.dueInMs(nowMs)).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

test('a failed push waits longer each time, at most 2 s, and begins anew after one is accepted', () => {
  const outbox = new Outbox(
    new WantedTable(),
    () => false,
    () => 0.999_999,
  );
  outbox.setEpoch(1);
  const waits: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < 8; i++) {
    expect(outbox.next(nowMs)?.kind).toBe('table');
    outbox.failed(nowMs);
    waits.push(Math.round(outbox.dueInMs(nowMs)!));
    expect(outbox.next(nowMs + waits[i]! - 1)).toBeNull();
    nowMs += waits[i]! + 1;
  }
  expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
  outbox.accepted(outbox.next(nowMs)!, nowMs);
  outbox.needTable();
  outbox.failed(nowMs);
  expect(Math.round(outbox.dueInMs(nowMs)!)).toBe(50);
});

test('without an epoch nothing is due', () => {
  const outbox = new Outbox(new WantedTable(), () => false);
  expect(outbox.next(0)).toBeNull();
  expect(outbox.dueInMs(0)).toBeNull();
});

function entry(key: string, quietStatus: number): WantedEntry {
  return {
    key,
    routes: [],
    limits: {
      containerConcurrency: 0,
      wakeTimeoutMs: 1,
      responseTimeoutMs: 1,
      requestTimeoutMs: 0,
      idleTimeoutMs: 0,
      queueLimit: 1,
      drainTimeoutMs: 1,
    },
    quiet: [],
    quietStatus,
    waitingPage: false,
    alarm: null,
    state: 'asleep',
    blocked: null,
    pods: [],
  };
}
