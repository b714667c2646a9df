/** Demand against what the ready pods are meant to take, as a bar with one tick per pod. */
// @ts-check
import { element, setAttribute, setText } from './element.js';
import { figure, plural } from './format.js';

const MAX_TICKS = 24;

export class DemandMeter {
  root = element('div', 'demand');
  #text = element('span', 'demand-text');
  #track = element('div', 'track');
  #fill = element('div', 'fill');
  #now = element('div', 'now');
  #ticks = element('div', 'ticks');

  constructor() {
    this.#track.setAttribute('role', 'meter');
    this.#track.setAttribute('aria-label', 'Demand');
    this.#track.setAttribute('aria-valuemin', '0');
    this.#track.append(this.#fill, this.#ticks, this.#now);
    const head = element('div', 'demand-head', element('span', 'label', 'Demand'), this.#text);
    this.root.append(head, this.#track);
  }

  /** @param {import('@rouse/contract').WorkloadStatus} status */
  update(status) {
    const { observed, target, ready, metric } = status;
    const unit = metric === 'rps' ? 'requests/s' : 'concurrent';
    const current = metric === 'rps' ? status.rps : status.inFlight + status.held;
    const capacity = target * ready;
    const full = Math.max(capacity, target, observed, current) || 1;
    setText(this.#text, `${figure(observed)} / ${figure(target)} per pod`);
    setAttribute(
      this.#text,
      'title',
      `${metric}, averaged over the window; the mark on the bar is now: ${figure(current)}`,
    );
    setAttribute(this.#track, 'aria-valuemax', String(full));
    setAttribute(this.#track, 'aria-valuenow', String(Math.min(observed, full)));
    const room = ready === 0 ? 'no pod ready' : `${plural(ready, 'pod')} for ${figure(capacity)}`;
    setAttribute(this.#track, 'aria-valuetext', `${figure(observed)} ${unit}, ${room}; ${figure(current)} now`);
    this.#fill.style.width = `${(100 * observed) / full}%`;
    this.#fill.classList.toggle('over', observed > capacity && observed > 0);
    this.#now.style.left = `${(100 * current) / full}%`;
    this.#now.hidden = current === 0;
    this.#drawTicks(full / target);
  }

  /** @param {number} pods the whole bar's worth */
  #drawTicks(pods) {
    const count = pods <= MAX_TICKS ? Math.ceil(pods - 1e-9) - 1 : 0;
    while (this.#ticks.childElementCount > count) this.#ticks.lastElementChild?.remove();
    while (this.#ticks.childElementCount < count) this.#ticks.append(element('i'));
    for (let i = 0; i < count; i++) {
      /** @type {HTMLElement} */ (this.#ticks.children[i]).style.left = `${(100 * (i + 1)) / pods}%`;
    }
  }
}
