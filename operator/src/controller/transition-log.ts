/** The last transitions of all workloads, for those who connect later. */
import type { Transition } from '@rouse/contract';

export class TransitionLog {
  readonly #kept: Transition[] = [];
  readonly #most: number;

  /** @param most transitions kept, >= 1 */
  constructor(most: number) {
    this.#most = most;
  }

  add(transition: Transition): void {
    this.#kept.push(transition);
    if (this.#kept.length > this.#most) this.#kept.shift();
  }

  /** Oldest first. */
  list(): readonly Transition[] {
    return this.#kept;
  }
}
