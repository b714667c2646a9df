/** Which workloads are shown: by words typed and by state. */
// @ts-check
import { byId, element, setText } from './element.js';

/** @typedef {import('@rouse/contract').WorkloadStatus} WorkloadStatus */

/** @type {readonly [value: string, label: string, fits: (status: WorkloadStatus) => boolean][]} */
const CHOICES = [
  ['all', 'All', () => true],
  ['awake', 'Awake', (status) => status.state === 'awake'],
  ['waking', 'Waking', (status) => status.state === 'waking'],
  ['asleep', 'Asleep', (status) => status.state === 'asleep'],
  ['faulty', 'Problems', (status) => status.blocked !== null || status.problems.length > 0],
];

export class Filter {
  #input = /** @type {HTMLInputElement} */ (byId('filter'));
  #choice = 'all';
  /** @type {Map<string, HTMLElement>} */
  #counts = new Map();

  /** @param {() => void} onChange */
  constructor(onChange) {
    for (const [value, label] of CHOICES) {
      const radio = element('input');
      radio.type = 'radio';
      radio.name = 'state';
      radio.value = value;
      radio.checked = value === 'all';
      radio.addEventListener('change', () => {
        this.#choice = value;
        onChange();
      });
      const count = element('b', '', '0');
      this.#counts.set(value, count);
      byId('states').append(element('label', '', radio, element('span', '', `${label} `, count)));
    }
    this.#input.addEventListener('input', onChange);
    document.addEventListener('keydown', (event) => {
      if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        this.#input.focus();
      } else if (event.key === 'Escape' && event.target === this.#input) {
        this.#input.value = '';
        onChange();
      }
    });
  }

  /** @param {WorkloadStatus} status */
  fits(status) {
    const words = this.#input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${status.namespace}/${status.name} ${status.hosts.join(' ')}`.toLowerCase();
    const choice = CHOICES.find(([value]) => value === this.#choice);
    return words.every((word) => text.includes(word)) && (choice?.[2](status) ?? true);
  }

  /** @param {WorkloadStatus[]} statuses */
  count(statuses) {
    for (const [value, , fits] of CHOICES)
      setText(this.#counts.get(value) ?? element('b'), String(statuses.filter(fits).length));
  }
}
