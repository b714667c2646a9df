/** For tests of the handshake: a leader's line to one proxy: one PUT under way at a time, late, lost, and repeated until accepted. */
import type { PodPhase } from '@rouse/contract';
import type { ModelClock } from './model-clock.ts';
import type { ModelProxy, ModelReport } from './model-proxy.ts';

/** A sign of life at least this often. */
const LIFE_MS = 2_000;
const TIMEOUT_MS = 1_000;

export class ModelLine {
  readonly proxy: ModelProxy;
  /** The newest report heard; null before the first. */
  report: ModelReport | null = null;
  /** The table changed since it was last accepted here. */
  dirty: boolean;
  #busy = false;
  #lifeMs = 0;

  constructor(proxy: ModelProxy, dirty: boolean) {
    this.proxy = proxy;
    this.dirty = dirty;
  }

  /** Sends the table, or a sign of life when one is due; `sending` is told before a table leaves. */
  send(
    clock: ModelClock,
    fence: { readonly epoch: number; readonly generation: number },
    table: ReadonlyMap<string, PodPhase>,
    sending: () => void,
  ): void {
    if (this.#busy || (!this.dirty && clock.nowMs - this.#lifeMs < LIFE_MS)) return;
    const sent = this.dirty ? table : null;
    this.#busy = true;
    this.dirty = false;
    this.#lifeMs = clock.nowMs;
    if (sent !== null) sending();
    const { instance } = this.proxy;
    const lost = clock.choose(12) === 11;
    clock.after(clock.choose(250), () => {
      // A connection dies with the process it led to.
      const accepted = !lost && this.proxy.instance === instance && this.proxy.take({ ...fence, table: sent });
      clock.after(accepted ? clock.choose(50) : TIMEOUT_MS, () => {
        this.#busy = false;
        if (!accepted && sent !== null) this.dirty = true;
      });
    });
  }
}
