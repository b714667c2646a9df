/** Medians of rounds, per-round ratios, and which promises hold. */
import type { Case, Target } from './case.ts';
import type { PeerName } from './peers/peer.ts';
import type { Round } from './rounds.ts';
import { median } from './statistics.ts';

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median of a metric over the rounds; NaN where the peer did not take part. */
export function medianOf(rounds: readonly Round[], peer: PeerName, metric: string): number {
  return median(rounds.flatMap((round) => round[peer]?.[metric] ?? []));
}

/** Of one peer to another, each round by itself, since the machine is not the same in every round. */
export function ratioOf(
  rounds: readonly Round[],
  peer: PeerName,
  against: PeerName,
  metric: string,
): Ratio | undefined {
  const ratios = rounds.flatMap((round) => {
    const [ours, theirs] = [round[peer]?.[metric], round[against]?.[metric]];
    return ours === undefined || theirs === undefined ? [] : [ours / theirs];
  });
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

export interface Verdict {
  readonly target: Target;
  readonly title: string;
  /** What is compared with `target.atMost`. */
  readonly measured: number;
  readonly unit: string;
  readonly holds: boolean;
}

/** Of each target whose peers took part. */
export function judge(one: Case, rounds: readonly Round[]): Verdict[] {
  return one.targets.flatMap((target) => {
    const { metric, peer, against, atMost } = target;
    const { title, unit } = one.metrics.find(({ key }) => key === metric)!;
    const ratio = against === null ? undefined : ratioOf(rounds, peer, against, metric);
    const measured = against === null ? medianOf(rounds, peer, metric) : ratio?.median;
    if (measured === undefined || Number.isNaN(measured)) return [];
    return [{ target, title, measured, unit: against === null ? unit : `× ${against}`, holds: measured <= atMost }];
  });
}
