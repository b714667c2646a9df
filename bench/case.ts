/** What one case of the benchmark is: how it is measured, in which units, and what has been promised of it. */
import type { Peer, PeerName, Pods } from './peers/peer.ts';

/** One measured number of a case. */
export interface Metric {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
}

/** A promise: the median of per-round ratios of `peer` to `against`, or with null the median itself, is at most this. */
export interface Target {
  readonly metric: string;
  readonly peer: PeerName;
  readonly against: PeerName | null;
  readonly atMost: number;
}

/** Values by metric; `perSecond`, where there is one, tells how much of it was done in a second. */
export type Sample = Readonly<Record<string, number>>;

export interface Case {
  /** As on the command line. */
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly targets: readonly Target[];
  /** It starts the peers anew each time: nothing can be warmed up for it. */
  readonly startsAnew?: boolean;
  measure(peer: Peer, pods: Pods, seconds: number): Promise<Sample>;
}
