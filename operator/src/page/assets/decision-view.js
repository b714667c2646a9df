/** The last decision in plain words: what moved the number, rule by rule, and the annotation that would change it. */
// @ts-check
import { element, setText } from './element.js';
import { ago, plural } from './format.js';

/** @typedef {import('@rouse/contract').DecisionRecord} DecisionRecord */

/** @type {Record<DecisionRecord['cause'], string>} */
const CAUSES = {
  tick: 'at the regular check',
  wake: 'because a request arrived',
  alarm: 'because demand jumped',
  settings: 'after its settings changed',
  sleep: 'because nothing was arriving',
  'foreign-write': 'after someone else changed its replicas',
};

export class DecisionView {
  root = element('div', 'decision');
  #headline = element('p', 'headline');
  #when = element('time', 'muted');
  #steps = element('ol', 'steps');
  /** @type {DecisionRecord | null} */
  #shown = null;
  #none = element('p', 'muted', 'None yet: its replicas are as they were found.');

  constructor() {
    this.root.append(this.#none);
  }

  /** @param {DecisionRecord | null} record @param {number} nowMs wall time */
  update(record, nowMs) {
    if (record !== null) setText(this.#when, ago(record.at, nowMs));
    if (record?.at === this.#shown?.at && record?.to === this.#shown?.to) return;
    this.#shown = record;
    if (record === null) {
      this.root.replaceChildren(this.#none);
      return;
    }
    this.#when.dateTime = record.at;
    this.#headline.replaceChildren(headline(record), ' ', this.#when);
    this.#steps.replaceChildren(...record.steps.map(stepItem));
    this.root.replaceChildren(this.#headline, this.#steps);
  }
}

/** @param {DecisionRecord} record */
function headline({ from, to, cause }) {
  const did =
    to > from
      ? `Up from ${from} to ${plural(to, 'pod')}`
      : to < from
        ? `Down from ${from} to ${plural(to, 'pod')}`
        : `Kept at ${plural(to, 'pod')}`;
  return `${did} ${CAUSES[cause] ?? cause},`;
}

/** @param {import('@rouse/contract').DecisionStep} step */
function stepItem(step) {
  const item = element(
    'li',
    '',
    element('span', 'move', `${step.before} → ${step.after}`),
    element('span', 'why', element('b', '', step.rule), ` ${step.why}`),
  );
  if (step.annotation) {
    const why = /** @type {HTMLElement} */ (item.lastElementChild);
    why.append(element('span', 'annotation', 'change it with ', element('code', '', step.annotation)));
  }
  return item;
}
