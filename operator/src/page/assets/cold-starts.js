/** The last cold starts as stacked stages: scale patched, process started, port open, first byte. */
// @ts-check
import { element } from './element.js';
import { ago, duration } from './format.js';
import { identity } from './store.js';

export const MOST_COLD_STARTS = 4;

/** @type {readonly [name: string, className: string][]} */
const STAGES = [
  ['patched', 'patched'],
  ['started', 'started'],
  ['port', 'port'],
  ['first byte', 'byte'],
];

/**
 * @typedef {import('@rouse/contract').Transition} Transition
 * @typedef {{name: string, className: string, fromMs: number, toMs: number}} Stage
 */

export class ColdStarts {
  root = element('div', 'cold');
  #list = element('ol');
  #none = element('p', 'muted', 'None yet. A request to the sleeping workload shows up here.');
  #shown = '';
  /** @type {[HTMLElement, string][]} */
  #times = [];

  constructor() {
    this.root.append(this.#none);
  }

  /** @param {Transition[]} transitions newest first @param {number} nowMs wall time */
  update(transitions, nowMs) {
    const shown = transitions.map(identity).join('\n');
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#times = [];
      const longestMs = Math.max(...transitions.map((one) => one.coldStart?.firstByteMs ?? 0));
      this.#list.replaceChildren(...transitions.map((one) => this.#item(one, longestMs)));
      if (transitions.length === 0) this.root.replaceChildren(this.#none);
      else this.root.replaceChildren(this.#list, legend(transitions[0]));
    }
    for (const [node, at] of this.#times) node.textContent = ago(at, nowMs);
  }

  /** @param {Transition} transition @param {number} longestMs of those shown together: one scale for all */
  #item(transition, longestMs) {
    const start = /** @type {NonNullable<Transition['coldStart']>} */ (transition.coldStart);
    const stages = stagesOf(start);
    const bar = element('div', 'stages');
    for (const stage of stages) {
      const part = element('i', stage.className);
      part.style.width = `${(100 * (stage.toMs - stage.fromMs)) / longestMs}%`;
      part.title = `${stage.name} ${duration(stage.toMs - stage.fromMs)}`;
      bar.append(part);
    }
    const words = stages.map((stage) => `${stage.name} after ${duration(stage.toMs)}`).join(', ');
    bar.setAttribute('role', 'img');
    bar.setAttribute('aria-label', words);
    const when = element('span', 'muted');
    this.#times.push([when, transition.at]);
    const by = element('span', 'by', start.by);
    by.title = `${transition.from} → ${transition.to}, woken by ${start.by}`;
    return element('li', '', element('p', '', by, when, element('b', '', duration(start.firstByteMs))), bar);
  }
}

/** Stages that were seen, in order of time; one that was not is part of the next. @param {NonNullable<Transition['coldStart']>} start */
export function stagesOf(start) {
  const marksMs = [start.patchedMs, start.startedMs, start.portMs, start.firstByteMs];
  /** @type {Stage[]} */
  const stages = [];
  let fromMs = 0;
  for (const [i, [name, className]] of STAGES.entries()) {
    const atMs = marksMs[i] ?? null;
    if (atMs === null) continue;
    const toMs = Math.max(fromMs, atMs);
    stages.push({ name, className, fromMs, toMs });
    fromMs = toMs;
  }
  return stages;
}

/** The colours' names, with the newest one's times since its request arrived. @param {Transition | undefined} newest */
function legend(newest) {
  const stages = newest?.coldStart ? stagesOf(newest.coldStart) : [];
  const line = element('p', 'cold-legend');
  line.title = 'Time from the arrival of the request to the end of each stage, for the newest';
  for (const [name, className] of STAGES) {
    const stage = stages.find((one) => one.name === name);
    const time = element('b', '', stage ? duration(stage.toMs) : '–');
    line.append(element('span', '', element('i', className), `${name} `, time));
  }
  return line;
}
