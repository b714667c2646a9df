/** A work queue of keys: one worker a key at a time, repeated adds merge, delayed adds, bounded concurrency. */
import type { Clock } from '@rouse/contract';

export interface KeyedQueue {
  /** Work on the key as soon as a worker is free; while it is being worked on, once more afterwards. */
  add(key: string): void;
  /** The same in `delayMs`; of several delayed adds of a key the earliest stands, and `add` makes it moot. */
  addAfter(key: string, delayMs: number): void;
  /** Forgets a key that waits or is delayed; work that runs goes on. */
  remove(key: string): void;
  /** Keys waiting or being worked on; delayed ones are not counted. */
  readonly size: number;
  /** Resolves when nothing waits and nothing runs (delayed adds may still be due). */
  idle(): Promise<void>;
  /** Drops what waits or is delayed; work that runs goes on. Nothing can be added any more. */
  stop(): void;
}

export interface KeyedQueueOptions {
  readonly clock: Clock;
  /** Most keys worked on at once, >= 1. */
  readonly concurrency: number;
  /** A rejection or throw is a bug: it is told to `onError`, and the key is tried again in 1, 2, 4 … 60 s. */
  work(key: string): Promise<void> | void;
  onError(key: string, error: unknown): void;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

export function keyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const { clock } = options;
  /** In order of arrival. */
  const waiting = new Set<string>();
  const running = new Set<string>();
  /** Added again while running. */
  const dirty = new Set<string>();
  const delayed = new Map<string, { readonly dueMs: number; readonly cancel: () => void }>();
  const failures = new Map<string, number>();
  let onIdle: (() => void)[] = [];
  let stopped = false;

  function add(key: string): void {
    if (stopped) return;
    cancelDelayed(key);
    if (running.has(key)) {
      dirty.add(key);
      return;
    }
    waiting.add(key);
    start();
  }

  function addAfter(key: string, delayMs: number): void {
    if (stopped) return;
    const dueMs = clock.nowMs() + delayMs;
    const known = delayed.get(key);
    if (waiting.has(key) || (known !== undefined && known.dueMs <= dueMs)) return;
    known?.cancel();
    delayed.set(key, { dueMs, cancel: clock.after(delayMs, () => add(key)) });
  }

  function cancelDelayed(key: string): void {
    delayed.get(key)?.cancel();
    delayed.delete(key);
  }

  function start(): void {
    for (const key of waiting) {
      if (running.size >= options.concurrency) return;
      waiting.delete(key);
      running.add(key);
      void run(key);
    }
  }

  async function run(key: string): Promise<void> {
    try {
      await options.work(key);
      failures.delete(key);
    } catch (error) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      options.onError(key, error);
      addAfter(key, Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failed));
    }
    running.delete(key);
    if (dirty.delete(key)) add(key);
    start();
    if (running.size === 0 && waiting.size === 0) {
      const done = onIdle;
      onIdle = [];
      for (const resolve of done) resolve();
    }
  }

  return {
    add,
    addAfter,
    remove(key) {
      cancelDelayed(key);
      waiting.delete(key);
      dirty.delete(key);
      failures.delete(key);
    },
    get size() {
      return waiting.size + running.size;
    },
    idle: () =>
      running.size === 0 && waiting.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onIdle.push(resolve);
          }),
    stop() {
      stopped = true;
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      waiting.clear();
      dirty.clear();
    },
  };
}
