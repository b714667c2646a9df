/** Says whether the figures are live, and since when they are not. */
// @ts-check
import { byId, element, setText } from './element.js';
import { wholeSeconds } from './format.js';

/** @typedef {import('./event-stream.js').Connection} Connection */

export class ConnectionView {
  #badge = byId('connection');
  #badgeText = /** @type {HTMLElement} */ (byId('connection').firstElementChild);
  #notice = byId('notice');
  #words = element('span');
  #wait = element('span');
  /** @type {Connection} */
  #connection = { state: 'connecting' };
  #liveAtMs = performance.now();
  #wasLive = false;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    const retry = element('button', 'quiet', 'Retry now');
    retry.type = 'button';
    retry.addEventListener('click', onRetry);
    // The countdown changes every second: it is not read out.
    this.#wait.setAttribute('aria-hidden', 'true');
    this.#notice.append(this.#words, this.#wait, retry);
  }

  get live() {
    return this.#connection.state === 'live';
  }

  /** @param {Connection} connection */
  update(connection) {
    if (this.live && connection.state !== 'live') this.#liveAtMs = performance.now();
    this.#connection = connection;
    this.#wasLive ||= this.live;
    const lost = connection.state === 'lost' || (connection.state === 'connecting' && !this.#notice.hidden);
    this.#notice.hidden = !lost;
    document.body.classList.toggle('stale', !this.live && this.#wasLive);
    this.#badge.dataset.state = this.live ? 'live' : lost ? 'lost' : 'connecting';
    setText(this.#badgeText, this.live ? 'Live' : lost ? 'Disconnected' : 'Connecting…');
    setText(this.#words, this.#wasLive ? 'Disconnected from the operator.' : 'The operator does not answer.');
    this.tick();
  }

  tick() {
    if (this.#notice.hidden) return;
    const age = this.#wasLive ? ` These figures are ${wholeSeconds(performance.now() - this.#liveAtMs)} old.` : '';
    const { state } = this.#connection;
    const leftMs = state === 'lost' ? Math.max(0, this.#connection.retryAtMs - performance.now()) : 0;
    setText(this.#wait, `${age} ${state === 'lost' ? `Trying again in ${wholeSeconds(leftMs)}.` : 'Trying again…'}`);
  }
}
