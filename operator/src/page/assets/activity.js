/** The log of transitions over all workloads, newest first. */
// @ts-check
import { element } from './element.js';
import { duration, timeOfDay } from './format.js';
import { identity, keyOf } from './store.js';

const SHOWN = 40;

/** @typedef {import('@rouse/contract').Transition} Transition */

export class Activity {
  #list;
  /** @type {Set<string>} */
  #shown = new Set();
  #none = element('li', 'muted', 'Nothing has scaled yet.');

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
    list.append(this.#none);
  }

  /** @param {Transition[]} transitions oldest first */
  update(transitions) {
    for (const transition of transitions) {
      const id = identity(transition);
      if (this.#shown.has(id)) continue;
      this.#shown.add(id);
      this.#none.remove();
      this.#list.prepend(item(transition));
    }
    while (this.#list.childElementCount > SHOWN) this.#list.lastElementChild?.remove();
  }
}

/** @param {Transition} transition */
function item(transition) {
  const { from, to, coldStart, why } = transition;
  const time = element('time', '', timeOfDay(transition.at));
  time.dateTime = transition.at;
  const name = element('b', '', transition.name);
  name.title = keyOf(transition);
  const words = coldStart ? `woken by ${coldStart.by}, first byte after ${duration(coldStart.firstByteMs)}` : why;
  return element(
    'li',
    to > from ? 'up' : 'down',
    time,
    name,
    element('span', 'move', `${from} → ${to}`),
    element('p', '', words),
  );
}
