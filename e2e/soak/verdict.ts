/** What a soak shows: each promise with its figure, kept or not. */
import { isExplained } from '../scenarios/explained.ts';
import type { SoakOutcome } from './http-traffic.ts';
import { slopePerTenMinutes } from './slope.ts';
import type { SoakRun } from './soak.ts';
import type { Daemon, Floor } from './watch.ts';

export interface Finding {
  readonly kept: boolean;
  readonly told: string;
}

const MOST_GROWTH_MIB = 1;
/** Of a process's life: code gets compiled and rings of fixed size get filled, which rises ever less; a leak goes on. */
const WARM_UP_PART = 0.5;
/** A slope through less than this says more of its noise than of a leak; then growth in all is bounded. */
const LEAST_SPAN_MS = 240_000;
const MOST_SHORT_GROWTH_MIB = { held: 3, resident: 16 };
/** Kept connections to the API come and go: so many more in one silence than in another say nothing. */
const DESCRIPTORS_SWING = 6;

/** Those that failed, and whether the kill of their pod explains it. */
export function failuresOf({ outcomes, kills }: SoakRun): {
  readonly explained: readonly SoakOutcome[];
  readonly unexpected: readonly SoakOutcome[];
} {
  const failures = outcomes.filter(({ left, fault, complete }) => !left && (fault !== '' || !complete));
  const isExpected = (outcome: SoakOutcome): boolean =>
    isExplained(
      outcome,
      kills.filter(({ what, workload }) => what === 'pod' && workload === outcome.workload),
    );
  return { explained: failures.filter(isExpected), unexpected: failures.filter((each) => !isExpected(each)) };
}

export function verdict(run: SoakRun): Finding[] {
  const { explained, unexpected } = failuresOf(run);
  const left = run.outcomes.filter((outcome) => outcome.left).length;
  const killed = (what: string): number => run.kills.filter((kill) => kill.what === what).length;
  const none = (what: string, found: readonly unknown[]): Finding => ({
    kept: found.length === 0,
    told: `${what}: ${found.length}${found.length === 0 ? '' : ` ${JSON.stringify(found.slice(0, 5))}`}`,
  });
  return [
    {
      kept: run.outcomes.length > 0 && killed('pod') > 0 && killed('operator') > 0,
      told: `${run.outcomes.length} requests, ${left} of them left by their clients; killed: ${killed('pod')} pods, ${killed('operator')} operators`,
    },
    none('unexpected failures', unexpected),
    { kept: true, told: `failures that a killed pod explains: ${explained.length}` },
    none('faults of connections that lasted for the whole run', run.lastingFaults),
    none('POSTs that ran twice', run.ranTwice),
    none('requests that reached a pod after its SIGTERM', run.afterSigterm),
    none('workloads that did not go to sleep', run.awake),
    ...(['proxy', 'operator'] as const).flatMap((daemon) => footprintFindings(daemon, run.floors)),
  ];
}

function footprintFindings(daemon: Daemon, floors: readonly Floor[]): Finding[] {
  const own = floors.filter((floor) => floor.daemon === daemon);
  // Of the process that ran last: whoever was killed leaks nothing.
  const all = own.filter(({ pid }) => pid === own.at(-1)?.pid);
  const last = all.at(-1);
  const spanMs = last === undefined ? 0 : (last.atMs - all[0]!.atMs) * (1 - WARM_UP_PART);
  const isLong = last !== undefined && spanMs >= LEAST_SPAN_MS;
  // In a short run the first one, which has compiled nothing yet, is left out.
  const warm = isLong ? all.filter(({ atMs }) => last.atMs - atMs <= spanMs) : all.slice(1);
  const first = warm[0];
  if (first === undefined || last === undefined || first === last) {
    return [{ kept: false, told: `${daemon}: too short a time to tell what it holds` }];
  }
  const growth = (what: 'held' | 'resident', figureOf: (floor: Floor) => number): Finding => {
    const grown = isLong
      ? slopePerTenMinutes(warm.map((floor) => ({ atMs: floor.atMs, value: figureOf(floor) })))
      : figureOf(last) - figureOf(first);
    const shown = `${grown >= 0 ? '+' : ''}${grown.toFixed(2)} MiB ${isLong ? 'per 10 min' : 'in all'}`;
    return {
      kept: grown < (isLong ? MOST_GROWTH_MIB : MOST_SHORT_GROWTH_MIB[what]),
      told: `${daemon}: ${what} ${figureOf(last).toFixed(1)} MiB, ${shown}`,
    };
  };
  return [
    growth('held', ({ heldMib }) => heldMib),
    growth('resident', ({ rssMib }) => rssMib),
    descriptorsFinding(daemon, isLong ? warm : all, isLong),
  ];
}

/** In a long run none of the last silences may have more than all of the first ones; a short one has too few to tell. */
function descriptorsFinding(daemon: Daemon, floors: readonly Floor[], isLong: boolean): Finding {
  const counts = floors.map(({ descriptors }) => descriptors);
  const third = Math.ceil(counts.length / 3);
  const first = Math.max(...counts.slice(0, third));
  const last = Math.min(...counts.slice(-third));
  return {
    kept: last <= first + (isLong ? 0 : DESCRIPTORS_SWING),
    told: `${daemon}: descriptors in silence at most ${first} at first, at least ${last} at last`,
  };
}
