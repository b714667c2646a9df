/**
 * The open connections of a listener, as a list through the connections themselves. (Each time a `Set` makes itself
 * anew, what it was before refers to what it is now, and to all that was in it: once the garbage collector has taken one
 * of these for old, every later connection survives its quick rounds, and costs as much again to be rid of.)
 */

/** In one such list at most. */
export interface Linked<T> {
  nextOpen: T | null;
  previousOpen: T | null;
}

export class OpenConnections<T extends Linked<T>> implements Iterable<T> {
  #first: T | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(connection: T): void {
    connection.nextOpen = this.#first;
    if (this.#first !== null) this.#first.previousOpen = connection;
    this.#first = connection;
    this.#size++;
  }

  /** False when it was not in it. */
  delete(connection: T): boolean {
    const { nextOpen, previousOpen } = connection;
    if (previousOpen === null && this.#first !== connection) return false;
    if (previousOpen === null) this.#first = nextOpen;
    else previousOpen.nextOpen = nextOpen;
    if (nextOpen !== null) nextOpen.previousOpen = previousOpen;
    connection.nextOpen = null;
    connection.previousOpen = null;
    this.#size--;
    return true;
  }

  /** All that are open now; what closes meanwhile is told of too. */
  [Symbol.iterator](): Iterator<T> {
    const all: T[] = [];
    for (let each = this.#first; each !== null; each = each.nextOpen) all.push(each);
    return all[Symbol.iterator]();
  }
}
