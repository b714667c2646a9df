import { expect, test } from 'vitest';
import { observePod } from './observe-pod.ts';
import { podMemory } from './pod-memory.ts';
import type { PodRecord } from './pod-record.ts';
import type { ReadinessRule } from './readiness-rule.ts';
import { projectReplicaSet } from './replica-set-record.ts';
import { containerRecord, podRecord, rawReplicaSet } from './test-records.ts';

const raw = rawReplicaSet('uid-d');
const replicaSet = projectReplicaSet({
  ...raw,
  metadata: { name: 'rs', uid: 'uid-rs', resourceVersion: '1', ...(raw.metadata as object) },
})!;
const probe = { kind: 'http', port: 8080, path: '/', timeoutMs: 1000 } as const;
const connect = { kind: 'tcp', port: 8080, timeoutMs: 1000 };
const PROBE: ReadinessRule = { kind: 'probe', container: 'app', probe };
const CONNECT: ReadinessRule = { kind: 'connect', early: true };
const LATE: ReadinessRule = { kind: 'connect', early: false };
const WAIT: ReadinessRule = { kind: 'wait' };

/** Phase and probe after each of the pod's states, seen one after the other. */
function through(...states: Partial<PodRecord>[]) {
  const memory = podMemory();
  return states.map((state) => {
    const pod = podRecord(state);
    memory.see(pod);
    const { phase, probe: made } = observePod(pod, replicaSet, null, memory);
    return [phase, made];
  });
}
const run = (restarts: number, startedMs = 1_000) => ({ containers: [containerRecord({ restarts, startedMs })] });

test('never Ready: the rule says what may be tried before', () => {
  expect(through({ rule: PROBE })).toEqual([['starting', probe]]);
  expect(through({ rule: CONNECT })).toEqual([['starting', connect]]);
  expect(through({ rule: LATE })).toEqual([['starting', null]]);
  expect(through({ rule: WAIT })).toEqual([['starting', null]]);
});

test('Ready: usable at once, or after the first connect where no readiness probe vouches for it', () => {
  expect(through({ rule: PROBE, ready: true })).toEqual([['ready', null]]);
  expect(through({ rule: WAIT, ready: true })).toEqual([['ready', null]]);
  expect(through({ rule: CONNECT, ready: true })).toEqual([['ready', connect]]);
  expect(through({ rule: LATE, ready: true })).toEqual([['ready', connect]]);
});

test('once Ready was seen the API rules: not Ready takes the pod out', () => {
  expect(through({ rule: PROBE, ready: true }, { rule: PROBE })[1]).toEqual(['starting', null]);
  expect(through({ rule: CONNECT, ready: true }, { rule: CONNECT })[1]).toEqual(['starting', null]);
});

test('a restarted container may be used early again', () => {
  const states = through(
    { rule: PROBE, ready: true, ...run(0) },
    { rule: PROBE, ...run(0) },
    { rule: PROBE, ...run(1) },
  );
  expect(states[2]).toEqual(['starting', probe]);
});

test('a restart of another container changes nothing', () => {
  const side = (restarts: number) => ({ containers: [containerRecord(), containerRecord({ name: 'side', restarts })] });
  expect(through({ rule: PROBE, ready: true, ...side(0) }, { rule: PROBE, ...side(1) })[1]).toEqual(['starting', null]);
});

test('a pod first seen after it lost its readiness is known by the time of the loss', () => {
  expect(through({ rule: PROBE, ...run(0, 1_000), readyChangedMs: 9_000 })).toEqual([['starting', null]]);
  expect(through({ rule: PROBE, ...run(0, 1_000), readyChangedMs: 1_000 })).toEqual([['starting', probe]]);
  expect(through({ rule: PROBE, ...run(1, 9_000), readyChangedMs: 8_000 })).toEqual([['starting', probe]]);
});

test('without a known port nothing is tried', () => {
  expect(through({ rule: CONNECT, ports: [], ready: true })).toEqual([['ready', null]]);
});
