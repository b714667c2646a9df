/** The figures of all workloads together, in the page's head. */
// @ts-check
import { element, setText } from './element.js';
import { figure } from './format.js';

/** @typedef {import('@rouse/contract').WorkloadStatus} WorkloadStatus */

/** @type {readonly [label: string, of: (status: WorkloadStatus) => number][]} */
const TOTALS = [
  ['pods ready', (status) => status.ready],
  ['in flight', (status) => status.inFlight],
  ['held', (status) => status.held],
  ['requests/s', (status) => status.rps],
];

export class Totals {
  #values;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#values = TOTALS.map(([label]) => {
      const value = element('dd', '', '–');
      list.append(element('div', '', element('dt', '', label), value));
      return value;
    });
  }

  /** @param {WorkloadStatus[]} statuses */
  update(statuses) {
    TOTALS.forEach(([, of], i) => {
      const value = this.#values[i];
      if (value) setText(value, figure(statuses.reduce((sum, status) => sum + of(status), 0)));
    });
  }
}
