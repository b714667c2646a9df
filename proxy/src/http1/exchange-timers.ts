/** The times one exchange is held to: for the pod to answer, for bytes to move, and for the whole of it. */
import type { WorkloadLimits } from '@rouse/contract';
import { WheelTimer } from '../timer-wheel.ts';
import type { Http1Engine } from './engine.ts';

/** One per client connection. */
export class ExchangeTimers {
  readonly #engine: Http1Engine;
  readonly #pod: WheelTimer;
  readonly #wholeTimeUp: () => void;
  #whole: WheelTimer | null = null;

  /**
   * @param podTimeUp response-timeout or idle-timeout, and what `soon` asked for
   * @param wholeTimeUp request-timeout
   */
  constructor(engine: Http1Engine, podTimeUp: () => void, wholeTimeUp: () => void) {
    this.#engine = engine;
    this.#pod = new WheelTimer(podTimeUp);
    this.#wholeTimeUp = wholeTimeUp;
  }

  /** To the final response's first byte, from the last byte sent to the pod. */
  waitForResponse(limits: WorkloadLimits | undefined): void {
    const timeoutMs = limits?.responseTimeoutMs ?? 0;
    if (timeoutMs > 0) this.#engine.wheel.set(this.#pod, timeoutMs);
  }

  /** To the next byte, once the response has begun. */
  waitForProgress(limits: WorkloadLimits | undefined): void {
    const { wheel } = this.#engine;
    const timeoutMs = limits?.idleTimeoutMs ?? 0;
    if (timeoutMs > 0) wheel.set(this.#pod, timeoutMs);
    else wheel.clear(this.#pod);
  }

  /** In a turn of its own. */
  soon(): void {
    this.#engine.wheel.set(this.#pod, 0);
  }

  podIsDone(): void {
    this.#engine.wheel.clear(this.#pod);
  }

  /** The whole exchange, from its arrival on; once set it stays. */
  startWhole(limits: WorkloadLimits | undefined, arrivedMs: number): void {
    const timeoutMs = limits?.requestTimeoutMs ?? 0;
    if (timeoutMs <= 0 || this.#whole?.isSet === true) return;
    const { wheel, clock } = this.#engine;
    this.#whole ??= new WheelTimer(this.#wholeTimeUp);
    wheel.set(this.#whole, Math.max(0, timeoutMs - (clock.nowMs() - arrivedMs)));
  }

  /** The exchange is over. */
  finish(): void {
    const { wheel } = this.#engine;
    wheel.clear(this.#pod);
    if (this.#whole !== null) wheel.clear(this.#whole);
  }

  /** The connection is closed for good: nothing of it may stay in the wheel. */
  dispose(): void {
    const { wheel } = this.#engine;
    wheel.remove(this.#pod);
    if (this.#whole !== null) wheel.remove(this.#whole);
  }
}
