/** Follows GET /api/events: reconnects with growing waits, and when the stream falls silent. */
// @ts-check
import { call } from './api-client.js';

/** The operator sends at least a heartbeat every 15 s. */
const SILENT_MS = 35_000;
const RETRY_FIRST_MS = 400;
const RETRY_MAX_MS = 5000;

/**
 * @typedef {import('@rouse/contract').ApiEvent} ApiEvent
 * @typedef {{state: 'connecting'} | {state: 'live'} | {state: 'lost', retryAtMs: number} | {state: 'unauthorized'}} Connection
 */

export class EventStream {
  /** @type {(event: ApiEvent) => void} */
  #onEvent;
  /** @type {(connection: Connection) => void} */
  #onConnection;
  #failures = 0;
  /** @type {AbortController | null} */
  #attempt = null;
  #timer = 0;

  /**
   * @param {(event: ApiEvent) => void} onEvent a `snapshot` first after each connect
   * @param {(connection: Connection) => void} onConnection
   */
  constructor(onEvent, onConnection) {
    this.#onEvent = onEvent;
    this.#onConnection = onConnection;
  }

  /** Connects now, also in the middle of a wait. */
  connect() {
    clearTimeout(this.#timer);
    this.#attempt?.abort();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#onConnection({ state: 'connecting' });
    this.#read(attempt).then(
      (unauthorized) => this.#ended(attempt, unauthorized),
      () => this.#ended(attempt, false),
    );
  }

  /** @param {AbortController} attempt @returns {Promise<boolean>} true when a token is wanted */
  async #read(attempt) {
    this.#watch(attempt);
    const answer = await call('/api/events', { signal: attempt.signal });
    if (answer.status === 401) return true;
    if (!answer.ok || !answer.body) return false;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      this.#watch(attempt);
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  /** @param {string} block one event's lines */
  #take(block) {
    let type = '';
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) type = line.slice(7);
      else if (line.startsWith('data: ')) data += line.slice(6);
    }
    if (data === '') return;
    if (type === 'snapshot') {
      this.#failures = 0;
      this.#onConnection({ state: 'live' });
    }
    this.#onEvent({ type, ...JSON.parse(data) });
  }

  /** @param {AbortController} attempt */
  #watch(attempt) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => attempt.abort(), SILENT_MS);
  }

  /** @param {AbortController} attempt @param {boolean} unauthorized */
  #ended(attempt, unauthorized) {
    if (attempt !== this.#attempt) return;
    clearTimeout(this.#timer);
    attempt.abort();
    if (unauthorized) {
      this.#onConnection({ state: 'unauthorized' });
      return;
    }
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#onConnection({ state: 'lost', retryAtMs: performance.now() + waitMs });
    this.#timer = setTimeout(() => this.connect(), waitMs);
  }
}
