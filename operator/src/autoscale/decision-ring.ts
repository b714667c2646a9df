/** The last decisions that changed a workload's desired count, oldest first. */
import type { DecisionRecord } from '@rouse/contract';

export class DecisionRing {
  readonly capacity: number;
  #records: DecisionRecord[] = [];

  /** @param capacity how many are kept, >= 1 */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(record: DecisionRecord): void {
    this.#records.push(record);
    if (this.#records.length > this.capacity) this.#records.shift();
  }

  /** Oldest first. */
  list(): readonly DecisionRecord[] {
    return [...this.#records];
  }

  latest(): DecisionRecord | null {
    return this.#records.at(-1) ?? null;
  }
}
