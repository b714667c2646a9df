/** What one proxy still has to be sent and in which order; values and times in, the next push out, no I/O. */
import type { Fence, WorkloadKey } from '@rouse/contract';
import type { EntryVersion, WantedTable } from './wanted-table.ts';

/** Sign of life to every proxy while leading. */
export const SIGN_EVERY_MS = 2000;
/** More changed entries than this go as one whole table: one request instead of hundreds in a row. */
export const TABLE_ABOVE_ENTRIES = 64;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2000;

export type PushKind = 'table' | 'entry' | 'withdrawal' | 'sign';

export interface Push {
  readonly kind: PushKind;
  readonly key: WorkloadKey | null;
  readonly method: 'PUT' | 'DELETE';
  readonly path: string;
  /** JSON; null for none. */
  readonly body: string | null;
  readonly fence: Fence;
  /** The entries in the body, in order. */
  readonly entries: readonly EntryVersion[];
}

/**
 * Order: the whole table where the proxy has none of ours; then a due sign of life; then changed entries by generation.
 * A push whose fate is unknown is repeated before anything else, because a sign of life names the generation the
 * proxy has accepted and must not claim one it may have missed.
 */
export class Outbox {
  readonly #wanted: WantedTable;
  readonly #isRefused: (key: WorkloadKey, generation: number) => boolean;
  readonly #random: () => number;
  /** Changed keys with the generation of the change. */
  readonly #dirty = new Map<WorkloadKey, number>();
  #epoch: number | null = null;
  #needsTable = true;
  #acceptedGeneration = 0;
  #inDoubt = false;
  #signDueAtMs = 0;
  #failures = 0;
  #retryAtMs = 0;

  /**
   * @param isRefused entries the proxy would not take: tables go without them
   * @param random 0 ≤ n < 1, spreads retries
   */
  constructor(
    wanted: WantedTable,
    isRefused: (key: WorkloadKey, generation: number) => boolean,
    random: () => number = Math.random,
  ) {
    this.#wanted = wanted;
    this.#isRefused = isRefused;
    this.#random = random;
  }

  /** From now on it sends under this epoch, beginning with the whole table; null sends nothing. */
  setEpoch(epoch: number | null): void {
    this.#epoch = epoch;
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.needTable();
  }

  /** The proxy lacks our table: it is new, restarted, or out of step. */
  needTable(): void {
    this.#needsTable = true;
  }

  /** An entry changed or went; newer changes of one key replace older ones. */
  changed(key: WorkloadKey, generation: number): void {
    this.#dirty.set(key, generation);
  }

  /** The push to send now, or null when none is due. */
  next(nowMs: number): Push | null {
    if (this.#epoch === null || nowMs < this.#retryAtMs) return null;
    if (this.#needsTable || this.#dirty.size > TABLE_ABOVE_ENTRIES) return this.#table(this.#epoch);
    if (nowMs >= this.#signDueAtMs && !(this.#inDoubt && this.#dirty.size > 0)) {
      return this.#push('sign', null, 'PUT', '/v1/leader', null, this.#epoch, this.#acceptedGeneration);
    }
    return this.#oldestChange(this.#epoch);
  }

  /** ms until `next` may answer again; null = nothing to wait for. */
  dueInMs(nowMs: number): number | null {
    if (this.#epoch === null) return null;
    return Math.max(
      this.#needsTable || this.#dirty.size > 0 ? 0 : this.#signDueAtMs - nowMs,
      this.#retryAtMs - nowMs,
      0,
    );
  }

  /** @param sentAtMs when it was sent; the next sign of life is counted from there */
  accepted(push: Push, sentAtMs: number): void {
    if (push.fence.epoch !== this.#epoch) return;
    this.#failures = 0;
    this.#inDoubt = false;
    this.#acceptedGeneration = push.fence.generation;
    if (push.kind === 'table') {
      this.#needsTable = false;
      for (const [key, generation] of this.#dirty) if (generation <= push.fence.generation) this.#dirty.delete(key);
    }
    this.#settle(push);
    if (push.kind === 'sign' || push.kind === 'table') this.#signDueAtMs = sentAtMs + SIGN_EVERY_MS;
  }

  /** One entry that the proxy will never accept as it stands: passed over, so that it does not hold up the others. */
  refused(push: Push): void {
    this.#inDoubt = false;
    this.#settle(push);
  }

  /** No answer, or one that asks for another try: the same or something newer goes out after a jittered wait. */
  failed(nowMs: number): void {
    this.#inDoubt = true;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#retryAtMs = nowMs + waitMs * (0.5 + this.#random() / 2);
  }

  #settle(push: Push): void {
    if (push.key !== null && this.#dirty.get(push.key) === push.fence.generation) this.#dirty.delete(push.key);
  }

  #table(epoch: number): Push {
    // Changes from here on carry a higher generation and follow as entries of their own.
    const generation = this.#wanted.nextGeneration();
    const { json, entries } = this.#wanted.table(this.#isRefused);
    return this.#push('table', null, 'PUT', '/v1/workloads', json, epoch, generation, entries);
  }

  #oldestChange(epoch: number): Push | null {
    let oldest: WorkloadKey | null = null;
    let generation = Number.POSITIVE_INFINITY;
    for (const [key, changed] of this.#dirty) {
      if (changed < generation) {
        oldest = key;
        generation = changed;
      }
    }
    if (oldest === null) return null;
    const path = `/v1/workloads/${oldest.split('/').map(encodeURIComponent).join('/')}`;
    const body = this.#wanted.json(oldest);
    return body === undefined
      ? this.#push('withdrawal', oldest, 'DELETE', path, null, epoch, generation)
      : this.#push('entry', oldest, 'PUT', path, body, epoch, generation, [{ key: oldest, generation }]);
  }

  #push(
    kind: PushKind,
    key: WorkloadKey | null,
    method: Push['method'],
    path: string,
    body: string | null,
    epoch: number,
    generation: number,
    entries: readonly EntryVersion[] = [],
  ): Push {
    return { kind, key, method, path, body, fence: { epoch, generation }, entries };
  }
}
