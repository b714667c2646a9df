/** For tests of the handshake: a proxy with the phases of the control wire. Armed use latches, closed holds, and closing expires without a sign of life. */
import type { PodPhase, PodReport } from '@rouse/contract';
import type { ModelClock } from './model-clock.ts';
import type { ModelCluster } from './model-cluster.ts';

/** Closed pods open again this long after the last sign of life from the leader. */
const CLOSED_LIFE_MS = 30_000;

export interface ModelPush {
  readonly epoch: number;
  readonly generation: number;
  /** Null: only a sign of life. */
  readonly table: ReadonlyMap<string, PodPhase> | null;
}

export interface ModelReport {
  readonly proxy: string;
  readonly instance: string;
  readonly epoch: number;
  readonly generation: number;
  readonly held: number;
  readonly inFlight: number;
  readonly pods: readonly PodReport[];
}

interface Known {
  phase: PodPhase;
  pushed: PodPhase;
  revoked: boolean;
  inFlight: number;
}

export class ModelProxy {
  readonly id: string;
  instance = '1';
  held = 0;
  reports: ((report: ModelReport) => void)[] = [];
  readonly #clock: ModelClock;
  readonly #cluster: ModelCluster;
  #pods = new Map<string, Known>();
  #epoch = -1;
  #generation = -1;
  #lifeMs = 0;

  constructor(id: string, clock: ModelClock, cluster: ModelCluster) {
    this.id = id;
    this.#clock = clock;
    this.#cluster = cluster;
  }

  /** True when accepted. */
  take(push: ModelPush): boolean {
    const silentMs = this.#clock.nowMs - this.#lifeMs;
    if (push.epoch < this.#epoch && silentMs < CLOSED_LIFE_MS) return false;
    if (push.epoch === this.#epoch && push.generation < this.#generation) return false;
    this.#lifeMs = this.#clock.nowMs;
    if (push.table === null) return true;
    this.#epoch = push.epoch;
    this.#generation = push.generation;
    const pods = new Map<string, Known>();
    for (const [uid, phase] of push.table)
      pods.set(uid, { phase, pushed: phase, revoked: false, inFlight: this.#pods.get(uid)?.inFlight ?? 0 });
    this.#pods = pods;
    this.#release();
    this.report();
    return true;
  }

  arrive(): void {
    if (!this.#forward()) {
      this.held += 1;
      this.report();
    }
  }

  /** The process dies and comes back: its requests are gone with it, and it knows nothing. */
  restart(): void {
    for (const [uid, known] of this.#pods) {
      const pod = this.#cluster.pods.get(uid);
      if (pod !== undefined) pod.inFlight -= known.inFlight;
    }
    this.instance = `${Number(this.instance) + 1}`;
    this.#pods = new Map();
    this.#epoch = -1;
    this.#generation = -1;
    this.held = 0;
  }

  /** To be called as time passes. */
  expire(): void {
    if (this.#clock.nowMs - this.#lifeMs < CLOSED_LIFE_MS) return;
    for (const [uid, known] of this.#pods) {
      if (known.phase === 'closed' && this.#cluster.pods.get(uid)?.deletingMs === null) known.phase = 'ready';
    }
    this.#release();
  }

  report(): void {
    // Quiet open pods are not told of.
    const told = [...this.#pods].filter(
      ([, { phase, pushed, inFlight }]) => inFlight > 0 || phase !== pushed || phase === 'armed' || phase === 'closed',
    );
    const pods = told.map(([uid, { phase, inFlight, revoked }]) => ({ uid, phase, inFlight, revoked, usable: true }));
    const inFlight = pods.reduce((sum, pod) => sum + pod.inFlight, 0);
    const report = {
      proxy: this.id,
      instance: this.instance,
      epoch: this.#epoch,
      generation: this.#generation,
      held: this.held,
      inFlight,
      pods,
    };
    for (const listener of this.reports) listener(report);
  }

  #release(): void {
    while (this.held > 0 && this.#forward()) this.held -= 1;
  }

  #forward(): boolean {
    const answers = ([uid]: readonly [string, Known]) =>
      (this.#cluster.pods.get(uid)?.readyMs ?? Number.POSITIVE_INFINITY) <= this.#clock.nowMs;
    const usable = [...this.#pods].filter(answers);
    const open = usable.find(([, known]) => known.phase === 'ready' || known.phase === 'starting');
    const picked = open ?? usable.find(([, known]) => known.phase === 'armed');
    if (picked === undefined) return false;
    const [uid, known] = picked;
    if (known.phase === 'armed') {
      known.phase = 'ready';
      known.revoked = true;
    }
    known.inFlight += 1;
    this.#cluster.sent(uid);
    if (known.revoked) this.report();
    this.#finishLater(uid, this.instance);
    return true;
  }

  #finishLater(uid: string, instance: string): void {
    this.#clock.after(5 + this.#clock.choose(3_000), () => {
      if (this.instance !== instance) return;
      const pod = this.#cluster.pods.get(uid);
      if (pod !== undefined) pod.inFlight -= 1;
      const known = this.#pods.get(uid);
      if (known === undefined) return;
      known.inFlight -= 1;
      this.report();
    });
  }
}
