/** What a soak does and when, from its seed alone: the same seed and length give the same schedule. */
import { Dice } from '@rouse/contract/testing';

/** Each cycle has traffic, then silence until everything sleeps: then what is still held is there to stay. */
export const CYCLE_MS = 40_000;
export const TRAFFIC_MS = 22_000;

/** Ways to use a workload; `leave-…` are clients that go before they have their answer. */
export type TrafficKind =
  | 'get'
  | 'get-kept'
  | 'post'
  | 'post-kept'
  | 'upload'
  | 'chunked-upload'
  | 'slow-answer'
  | 'slow-reader'
  | 'leave-get'
  | 'leave-upload'
  | 'websocket'
  | 'events';

export interface Send {
  readonly atMs: number;
  /** Unlike that of any other. */
  readonly id: string;
  readonly workload: string;
  readonly kind: TrafficKind;
  /** Uniform in [0, 1): sizes and times of this one. */
  readonly chance: number;
}

export interface PlannedKill {
  readonly atMs: number;
  readonly what: 'pod' | 'operator';
  /** Of a pod; empty for the operator. */
  readonly workload: string;
  /** Uniform in [0, 1): which of its pods. */
  readonly chance: number;
}

export interface Schedule {
  readonly seed: number;
  readonly cycles: number;
  readonly sends: readonly Send[];
  readonly kills: readonly PlannedKill[];
}

type Weights = readonly (readonly [TrafficKind, number])[];

const HTTP: Weights = [
  ['get', 20],
  ['get-kept', 30],
  ['post', 10],
  ['post-kept', 15],
  ['upload', 4],
  ['chunked-upload', 4],
  ['slow-answer', 6],
  ['slow-reader', 2],
  ['leave-get', 5],
  ['leave-upload', 4],
];
const CHAT: Weights = [
  ['websocket', 3],
  ['events', 2],
];

/** Requests per second while a workload is used at all. */
const WORKLOADS: readonly { readonly name: string; readonly perSecond: number; readonly weights: Weights }[] = [
  { name: 'web', perSecond: 25, weights: HTTP },
  { name: 'api', perSecond: 12, weights: HTTP },
  { name: 'narrow', perSecond: 4, weights: HTTP },
  { name: 'chat', perSecond: 2, weights: CHAT },
];
/** A workload is used for a while, then left alone for about as long as it takes to go to sleep. */
const USED_MS = { from: 1_000, to: 4_000 };
const LEFT_ALONE_MS = { from: 4_000, to: 10_000 };
/** The operator is killed in the first part only: what the last one holds has to be watched for long enough. */
const OPERATOR_KILLS_PART = 0.25;
/** In a cycle of that part, but for the first, where it is certain. */
const OPERATOR_KILL_CHANCE = 0.8;
/** Of a cycle's traffic: a pod is killed while there is time for another to come. */
const POD_KILLS_PART = 0.8;

/** @param cycles 1 or more */
export function scheduleOf(seed: number, cycles: number): Schedule {
  const dice = new Dice(seed);
  const between = ({ from, to }: { from: number; to: number }): number => from + dice.next() * (to - from);
  const sends: Send[] = [];
  const kills: PlannedKill[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const startMs = cycle * CYCLE_MS;
    const firstSend = sends.length;
    for (const { name, perSecond, weights } of WORKLOADS) {
      let atMs = dice.next() * USED_MS.to;
      while (atMs < TRAFFIC_MS) {
        const untilMs = Math.min(TRAFFIC_MS, atMs + between(USED_MS));
        while (atMs < untilMs) {
          const id = `${name}-${sends.length}`;
          sends.push({ atMs: startMs + atMs, id, workload: name, kind: drawn(dice, weights), chance: dice.next() });
          atMs += (-Math.log(1 - dice.next()) * 1_000) / perSecond;
        }
        atMs += between(LEFT_ALONE_MS);
      }
    }
    // While it is used: so that requests are on their way.
    const used = dice.of(sends.slice(firstSend).filter(({ atMs }) => atMs - startMs < TRAFFIC_MS * POD_KILLS_PART));
    kills.push({ atMs: used.atMs + dice.next() * 50, what: 'pod', workload: used.workload, chance: dice.next() });
    if (cycle < cycles * OPERATOR_KILLS_PART && (cycle === 0 || dice.chance(OPERATOR_KILL_CHANCE))) {
      const atMs = startMs + 1_000 + (dice.next() * TRAFFIC_MS) / 2;
      kills.push({ atMs, what: 'operator', workload: '', chance: 0 });
    }
  }
  const byTime = (a: { atMs: number }, b: { atMs: number }): number => a.atMs - b.atMs;
  return { seed, cycles, sends: sends.sort(byTime), kills: kills.sort(byTime) };
}

function drawn(dice: Dice, weights: Weights): TrafficKind {
  let left = dice.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return weights[0]![0];
}
