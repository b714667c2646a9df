/** The one source of time: monotonic for decisions, wall time for records only, and timers a test can advance. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back, unaffected by changes of the wall clock. */
  nowMs(): number;
  /** Unix time in milliseconds, for records, Events and logs; never for arithmetic. */
  wallMs(): number;
  /** Runs `run` once after `delayMs` (>= 0); the returned function cancels it and may be called any number of times. */
  after(delayMs: number, run: () => void): () => void;
}
