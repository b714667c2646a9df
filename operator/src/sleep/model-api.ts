/** For tests of the handshake: the Kubernetes API as one leader meets it, with answers that are late or never come. */
import type { HandshakeEvent } from './handshake-state.ts';
import type { ModelClock } from './model-clock.ts';
import type { ModelCluster } from './model-cluster.ts';

/** A fault built in on purpose, to see the model find it. */
export type Fault =
  | 'none'
  | 'stale-words'
  | 'any-generation'
  | 'opens-after-patch'
  | 'no-answer-is-refusal'
  | 'ignores-requests'
  | 'no-takeover'
  | 'no-cost-settling';

const PATCH_TIMEOUT_MS = 3_000;
/** At most so long from here to there. */
const WAY_MS = 60;

export class ModelApi {
  readonly #clock: ModelClock;
  readonly #cluster: ModelCluster;
  readonly #fault: Fault;
  readonly #answer: (event: HandshakeEvent) => void;

  constructor(clock: ModelClock, cluster: ModelCluster, fault: Fault, answer: (event: HandshakeEvent) => void) {
    this.#clock = clock;
    this.#cluster = cluster;
    this.#fault = fault;
    this.#answer = answer;
  }

  reread(): void {
    const askedMs = this.#clock.nowMs;
    this.#asked(() => {
      const { caughtUp } = this.#cluster;
      return { type: 'caught-up', caughtUp, askedMs };
    });
  }

  readPods(uids: readonly string[]): void {
    const askedMs = this.#clock.nowMs;
    for (const uid of uids) {
      this.#asked(() => {
        const deleting = this.#cluster.pods.get(uid)?.deletingMs !== null;
        return { type: 'pod-read', uid, askedMs, deleting };
      });
    }
  }

  /** Read when the question gets there, told when the answer is back. */
  #asked(read: () => HandshakeEvent): void {
    const clock = this.#clock;
    clock.after(clock.choose(WAY_MS), () => {
      const event = read();
      clock.after(clock.choose(WAY_MS), () => this.#answer(event));
    });
  }

  /** Applied or not, answered or not. */
  patch(seen: number, to: number): void {
    const clock = this.#clock;
    const fate = clock.choose(6);
    const delayMs = clock.choose(PATCH_TIMEOUT_MS);
    const result: { value: 'applied' | 'rejected' | 'unknown' } = { value: 'unknown' };
    if (fate !== 1) {
      clock.after(delayMs, () => {
        result.value = this.#cluster.patch(seen, to) ? 'applied' : 'rejected';
      });
    }
    const answeredMs = fate === 0 || fate > 2 ? delayMs + clock.choose(50) : 100 + clock.choose(PATCH_TIMEOUT_MS);
    clock.after(answeredMs, () => {
      const heard = fate === 1 || fate === 2 ? 'unknown' : result.value;
      this.#answer({
        type: 'patch-result',
        result: heard === 'unknown' && this.#fault === 'no-answer-is-refusal' ? 'rejected' : heard,
      });
    });
  }
}
