/** Writes pod-deletion-cost on victims and takes it away again, in the order asked for. */
import type { Clock, WorkloadKey } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import { writeDeletionCost } from '../cluster/deletion-cost.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';

export interface CostWriterHost {
  readonly key: WorkloadKey;
  readonly kube: Kube;
  readonly clock: Clock;
  observed(): ObservedWorkload | null;
  mayWrite(): boolean;
}

/** Our own watch shows a removal within this time; one that failed is tried again after it. */
const TIDY_MS = 5_000;

export class CostWriter {
  readonly #host: CostWriterHost;
  /** A removal must not overtake the write it undoes. */
  #last: Promise<unknown> = Promise.resolve();
  #touchedMs = Number.NEGATIVE_INFINITY;

  constructor(host: CostWriterHost) {
    this.#host = host;
  }

  /** @returns what went wrong, or null */
  write(uids: readonly string[], cost: number): Promise<string | null> {
    return this.#then(() => this.#each(uids, cost));
  }

  remove(uids: readonly string[]): void {
    void this.#then(() => this.#each(uids, null));
  }

  /** Removes what an earlier leader, or a removal that failed, left on pods that are no victims. */
  tidy(observed: ObservedWorkload, isVictim: (uid: string) => boolean): void {
    if (this.#host.clock.nowMs() - this.#touchedMs < TIDY_MS) return;
    const left = observed.pods.filter((pod) => pod.deletionCost?.ours && !pod.deleted && !isVictim(pod.uid));
    if (left.length > 0) this.remove(left.map((pod) => pod.uid));
  }

  #then<T>(run: () => Promise<T>): Promise<T> {
    this.#touchedMs = this.#host.clock.nowMs();
    const mine = this.#last.then(run);
    this.#last = mine;
    return mine;
  }

  async #each(uids: readonly string[], cost: number | null): Promise<string | null> {
    const [namespace] = this.#host.key.split('/');
    for (const uid of uids) {
      const pod = this.#host.observed()?.pods.find((each) => each.uid === uid);
      if (pod === undefined) continue;
      if (!this.#host.mayWrite()) return 'the Lease is not valid for long enough';
      const written = await writeDeletionCost(this.#host.kube, { namespace: namespace!, name: pod.name, uid }, cost);
      if (!written.ok && written.status !== 404 && cost !== null) return written.message;
    }
    return null;
  }
}
