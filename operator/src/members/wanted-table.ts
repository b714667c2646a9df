/** What every proxy should have: the newest entry per workload and the generations that order their changes. */
import { isDeepStrictEqual } from 'node:util';
import type { WorkloadEntry, WorkloadKey } from '@rouse/contract';

/** An entry as its author wants it; the table adds the generation. */
export type WantedEntry = Omit<WorkloadEntry, 'generation'>;

export interface EntryVersion {
  readonly key: WorkloadKey;
  readonly generation: number;
}

interface Row {
  readonly entry: WorkloadEntry;
  /** Generation at which the key came into the table. */
  readonly since: number;
  /** Serialised once, sent to every proxy. */
  readonly json: string;
}

/** Generations are whole numbers from 1 up, one counter for all entries, withdrawals and whole tables. */
export class WantedTable {
  readonly #rows = new Map<WorkloadKey, Row>();
  #generation = 0;

  /** Replaces one entry. An equal one changes nothing and keeps its generation. */
  set(wanted: WantedEntry): { readonly generation: number; readonly changed: boolean } {
    const before = this.#rows.get(wanted.key);
    if (before !== undefined) {
      const generation = before.entry.generation;
      if (isDeepStrictEqual({ ...wanted, generation }, before.entry)) return { generation, changed: false };
    }
    const generation = this.nextGeneration();
    const entry: WorkloadEntry = { ...wanted, generation };
    this.#rows.set(entry.key, { entry, since: before?.since ?? generation, json: JSON.stringify(entry) });
    return { generation, changed: true };
  }

  /** The same entry under a new generation: every proxy has to say again what it has of it. Nothing for an unknown key. */
  renew(key: WorkloadKey): number | null {
    const row = this.#rows.get(key);
    if (row === undefined) return null;
    const entry: WorkloadEntry = { ...row.entry, generation: this.nextGeneration() };
    this.#rows.set(key, { entry, since: row.since, json: JSON.stringify(entry) });
    return entry.generation;
  }

  /** Removes an entry; the generation of the removal, or null when there was none. */
  delete(key: WorkloadKey): number | null {
    return this.#rows.delete(key) ? this.nextGeneration() : null;
  }

  get(key: WorkloadKey): WorkloadEntry | undefined {
    return this.#rows.get(key)?.entry;
  }

  /** A proxy that applied this generation has some version of the entry; undefined for an unknown key. */
  since(key: WorkloadKey): number | undefined {
    return this.#rows.get(key)?.since;
  }

  json(key: WorkloadKey): string | undefined {
    return this.#rows.get(key)?.json;
  }

  /**
   * The body of `PUT /v1/workloads` and what stands in it, in order.
   * @param except entries to leave out
   */
  table(except: (key: WorkloadKey, generation: number) => boolean): {
    readonly json: string;
    readonly entries: readonly EntryVersion[];
  } {
    const entries: EntryVersion[] = [];
    const rows: string[] = [];
    for (const { entry, json } of this.#rows.values()) {
      const { key, generation } = entry;
      if (except(key, generation)) continue;
      entries.push({ key, generation });
      rows.push(json);
    }
    return { json: `{"workloads":[${rows.join(',')}]}`, entries };
  }

  nextGeneration(): number {
    this.#generation += 1;
    return this.#generation;
  }

  /** Goes on above a generation that a proxy already holds, so that the next push is newer there too. */
  skipPast(generation: number): void {
    this.#generation = Math.max(this.#generation, generation);
  }
}
