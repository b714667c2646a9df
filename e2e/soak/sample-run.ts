/** A run of ten minutes that nobody ran, for tests. */
import type { SoakOutcome } from './http-traffic.ts';
import { CYCLE_MS, scheduleOf } from './schedule.ts';
import type { SoakRun } from './soak.ts';
import type { Floor } from './watch.ts';

const CYCLES = 15;

/** One that went well, but for `changes`. */
export function sampleOutcome(changes: Partial<SoakOutcome> = {}): SoakOutcome {
  return {
    ...{
      id: 'web-1',
      workload: 'web',
      kind: 'get',
      method: 'GET',
      status: 200,
      complete: true,
      fault: '',
      left: false,
    },
    ...{ startedAtMs: 1_000, tookMs: 10 },
    ...changes,
  };
}

/** Floors of both daemons, one each cycle; `changed` for the proxy's. */
export function sampleFloors(changed: (index: number) => Partial<Floor> = () => ({}), cycles = CYCLES): Floor[] {
  return Array.from({ length: cycles }, (_, index) => index).flatMap((index) =>
    (['proxy', 'operator'] as const).map((daemon) => ({
      ...{ atMs: index * CYCLE_MS, daemon, pid: 1, heldMib: 25, rssMib: 100, descriptors: 40 },
      ...(daemon === 'proxy' ? changed(index) : {}),
    })),
  );
}

/** One that keeps every promise, but for `changes`. */
export function sampleRun(changes: Partial<SoakRun> = {}): SoakRun {
  const kill = { pid: 5, atMs: 1_000, chance: 0, fromMs: 1_000, untilMs: 1_060 };
  const footprint = { rssMib: 100, descriptors: 40 };
  return {
    schedule: scheduleOf(1, CYCLES),
    startedAtMs: 0,
    endedAtMs: CYCLES * CYCLE_MS,
    outcomes: [sampleOutcome()],
    kills: [
      { ...kill, what: 'pod', workload: 'web' },
      { ...kill, what: 'operator', workload: '' },
    ],
    samples: [
      { atMs: 0, proxy: footprint, operator: footprint, pods: 1 },
      { atMs: 2_000, proxy: footprint, operator: null, pods: 2 },
    ],
    floors: sampleFloors(),
    ...{ lastingFaults: [], ranTwice: [], afterSigterm: [], awake: [] },
    ...changes,
  };
}
