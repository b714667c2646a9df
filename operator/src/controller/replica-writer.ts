/** The newest replicas known of one workload, our own writes included, and the writing of them. */
import type { Clock, WorkloadKey } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import { readDeployment } from '../cluster/fresh-read.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';
import { isNewer } from './resource-version.ts';

export interface ReplicaWriterHost {
  readonly key: WorkloadKey;
  readonly kube: Kube;
  readonly clock: Clock;
  /** Writes `/scale`. */
  patch(change: ScaleChange): Promise<ScaleOutcome>;
  /** What is known of the replicas has changed. */
  wake(): void;
}

/** A write that was not applied is tried again after so long, then twice that, and so on. */
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;

interface Known {
  readonly uid: string;
  readonly replicas: number;
  readonly resourceVersion: string;
}

export class ReplicaWriter {
  readonly #host: ReplicaWriterHost;
  /** From an answer of the API itself; a snapshot may be behind it. */
  #known: Known | null = null;
  #raising = false;
  #failures = 0;
  #reading = false;
  /** No raise before this time: the last write was not applied. */
  retryAtMs = 0;

  constructor(host: ReplicaWriterHost) {
    this.#host = host;
  }

  /** `spec.replicas`, as newly as it is known. */
  replicas(observed: ObservedWorkload): number {
    return this.isNewest(observed) ? observed.replicas : this.#known!.replicas;
  }

  /** False while the snapshot is behind what the API has answered. */
  isNewest(observed: ObservedWorkload): boolean {
    const known = this.#known;
    return known === null || known.uid !== observed.uid || isNewer(observed.resourceVersion, known.resourceVersion);
  }

  /** A raise is on its way. */
  get raising(): boolean {
    return this.#raising;
  }

  /**
   * More pods. Sent again after any failure, also one of unknown fate: each write tests the count it was made for, so
   * that of several only one can be applied.
   */
  async raise(uid: string, seen: number, to: number): Promise<ScaleOutcome> {
    this.#raising = true;
    const outcome = await this.write(uid, { seen, to });
    this.#raising = false;
    if (outcome.kind === 'applied') {
      this.#failures = 0;
    } else {
      this.retryAtMs = this.#host.clock.nowMs() + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
      this.#failures = Math.min(this.#failures + 1, 10);
    }
    return outcome;
  }

  /** @param uid of the Deployment it is meant for */
  async write(uid: string, change: ScaleChange): Promise<ScaleOutcome> {
    const outcome = await this.#host.patch(change);
    if (outcome.kind === 'applied') this.#learn({ uid, replicas: change.to, resourceVersion: outcome.resourceVersion });
    // Something else is there, and our watch may not have told: ask.
    else if (outcome.kind !== 'failed') void this.#read(uid);
    return outcome;
  }

  async #read(uid: string): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const read = await readDeployment(this.#host.kube, this.#host.key);
    this.#reading = false;
    if (!read.ok || read.value.uid !== uid) return;
    this.#learn(read.value);
    this.#host.wake();
  }

  /** Answers may overtake each other. */
  #learn(known: Known): void {
    if (
      this.#known === null ||
      this.#known.uid !== known.uid ||
      isNewer(known.resourceVersion, this.#known.resourceVersion)
    )
      this.#known = known;
  }
}
