/** One watch from one resourceVersion until it ends, for whatever reason. */
import type { Clock } from '@rouse/contract';
import type { Kube } from './connect.ts';
import { jsonLines } from './json-lines.ts';
import type { KubeObject, KubeStatus } from './objects.ts';
import { failureWithoutAnswer, type KubeFailure } from './result.ts';

export interface WatchOnce<Raw> {
  readonly kube: Kube;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
  readonly clock: Clock;
  readonly silentMs: number;
  readonly signal: AbortSignal;
  /** The answer began, or a byte of it came. */
  onByte(): void;
  onObject(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: Raw): void;
}

export interface WatchEnd {
  /** Newest seen; where the next watch goes on. */
  readonly resourceVersion: string;
  /** What was missed cannot be had from here: list again. */
  readonly relist: boolean;
  /** Null when the server ended it in good order, or it expired. */
  readonly failure: KubeFailure | null;
}

interface WatchEvent<Raw> {
  readonly type?: string;
  readonly object?: Raw & KubeStatus;
}

export async function watchOnce<Raw extends KubeObject>(options: WatchOnce<Raw>): Promise<WatchEnd> {
  const { clock } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let resourceVersion = options.resourceVersion;
  let verdict: { readonly relist: boolean; readonly failure: KubeFailure | null } | undefined;
  let lastByteMs = clock.nowMs();
  let cancelWatchdog = clock.after(options.silentMs, watchdog);

  function finish(relist: boolean, failure: KubeFailure | null): void {
    verdict ??= { relist, failure };
    stop.abort();
  }

  /** One timer however many bytes come: it looks, and sleeps for what is left. */
  function watchdog(): void {
    const quietMs = clock.nowMs() - lastByteMs;
    if (quietMs < options.silentMs) cancelWatchdog = clock.after(options.silentMs - quietMs, watchdog);
    else finish(false, failureWithoutAnswer('Silent', `no byte of a watch for ${options.silentMs} ms`, false));
  }

  function onEvent(value: unknown): void {
    const { type, object } = value as WatchEvent<Raw>;
    if (verdict !== undefined || object === undefined) return;
    if (type === 'ERROR') {
      const gone = object.code === 410;
      const reason = object.reason ?? 'Error';
      const message = object.message ?? 'the watch failed';
      finish(true, gone ? null : { ok: false, status: object.code ?? 0, reason, message, sent: false });
      return;
    }
    if (object.metadata?.resourceVersion !== undefined) resourceVersion = object.metadata.resourceVersion;
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') options.onObject(type, object);
  }

  const lines = jsonLines(onEvent);
  const end = await options.kube.stream({
    method: 'GET',
    path: options.path,
    query: {
      ...options.query,
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion,
      // Spread over 5–10 minutes, as client-go does, so that watches do not all end together.
      timeoutSeconds: 300 + Math.floor(Math.random() * 300),
    },
    signal,
    onOpen() {
      lastByteMs = clock.nowMs();
      options.onByte();
    },
    onData(chunk) {
      if (verdict !== undefined) return;
      lastByteMs = clock.nowMs();
      options.onByte();
      const fault = lines.feed(chunk);
      if (fault !== null) finish(true, failureWithoutAnswer('BadAnswer', fault, false));
    },
  });
  cancelWatchdog();
  if (verdict !== undefined) return { resourceVersion, ...verdict };
  if (end.ok) return { resourceVersion, relist: false, failure: null };
  // As client-go: no answer, or too many requests, and this watch is tried again; any other answer, and only a list
  // leads on (410; a version the server does not know, as after a restore; a fault of its watch cache).
  const refused = end.status !== 0 && end.status !== 429;
  return { resourceVersion, relist: refused, failure: end.status === 410 ? null : end };
}
