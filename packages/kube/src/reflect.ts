/** Keeps projected records of one resource equal to the API's: list, watch, and whatever it takes to stay that way. */
import type { Clock } from '@rouse/contract';
import { type Backoff, backoff } from './backoff.ts';
import type { Kube } from './connect.ts';
import { listAll } from './list-all.ts';
import type { KubeObject } from './objects.ts';
import { type RecordsOptions, reflectedRecords } from './reflected-records.ts';
import { describeFailure, type KubeFailure } from './result.ts';
import { watchOnce } from './watch-once.ts';

/** What a logger must offer; `fields` are plain values. */
export interface KubeLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface ReflectOptions<Raw, T> extends RecordsOptions<Raw, T> {
  readonly kube: Kube;
  /** A list's path, e.g. `podsPath('default')`. */
  readonly path: string;
  /** Selectors, e.g. `{fieldSelector: 'spec.nodeName=a'}`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** The first list is in; every record was told by `onChange` before. */
  onSync?(): void;
  /** The API cannot be read (told at each new reason), and null when it can again. Records are kept meanwhile. */
  onTrouble?(trouble: KubeFailure | null): void;
  readonly log?: KubeLog;
  /** Without it 403 keeps the reflector unsynced. With it 403 is as 404: synced, empty, asked for again rarely. */
  readonly optional?: boolean;
  /** How often a resource that is not served, or an optional one that is not allowed, is asked for again. Default 300,000. */
  readonly askAgainMs?: number;
  /**
   * A watch with no byte for so long is taken for dead and made anew. kube-apiserver sends a bookmark each 60–75 s.
   * Default 90,000.
   */
  readonly silentMs?: number;
}

export interface Reflector<T> {
  /** True once the first list is in, or the resource is not served (404: empty). Stays true. */
  readonly synced: boolean;
  readonly whenSynced: Promise<void>;
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  readonly size: number;
  /** `clock.nowMs()` of the last byte from the API; -Infinity before the first. */
  readonly lastContactMs: number;
  /** Lists after the first. */
  readonly relists: number;
  readonly trouble: KubeFailure | null;
  /** No callback is called after it. Records stay readable. */
  stop(): void;
}

const SILENT_MS = 90_000;
const ASK_AGAIN_MS = 300_000;
/** A watch that lasted so long was healthy: the next failure starts from the shortest delay. */
const HEALTHY_MS = 10_000;

/** Starts at once. Never throws: everything the API can do wrong ends in `trouble` and another attempt. */
export function reflect<Raw extends KubeObject, T>(options: ReflectOptions<Raw, T>): Reflector<T> {
  const { kube, clock, path, log } = options;
  const query = options.query ?? {};
  const stopper = new AbortController();
  const retry: Backoff = backoff(clock, stopper.signal);
  const records = reflectedRecords<Raw, T>({
    project: options.project,
    key: options.key,
    onChange(key, now, before) {
      if (!stopper.signal.aborted) options.onChange(key, now, before);
    },
  });
  let synced = false;
  let lastContactMs = Number.NEGATIVE_INFINITY;
  let lists = 0;
  let trouble: KubeFailure | null = null;
  let resolveSynced: () => void = () => undefined;
  const whenSynced = new Promise<void>((resolve) => {
    resolveSynced = resolve;
  });

  function contact(): void {
    lastContactMs = clock.nowMs();
    if (trouble === null) return;
    trouble = null;
    log?.info('Kubernetes resource readable again', { path });
    options.onTrouble?.(null);
  }

  function sync(): void {
    if (synced) return;
    synced = true;
    options.onSync?.();
    resolveSynced();
  }

  function fail(failure: KubeFailure): void {
    const news = trouble?.status !== failure.status || trouble.reason !== failure.reason;
    trouble = failure;
    if (!news) return;
    // Going without an optional resource is how it should be.
    if (!isNotServed(failure) || options.optional !== true) {
      log?.warn('Kubernetes resource unreadable', { path, problem: describeFailure(failure) });
    }
    options.onTrouble?.(failure);
  }

  function isNotServed({ status }: KubeFailure): boolean {
    return status === 404 || (options.optional === true && status === 403);
  }

  /** One object that cannot be projected (a bug, or a shape the API does not allow) must not stop the others. */
  function guarded(raw: KubeObject, apply: () => void): void {
    try {
      apply();
    } catch (error) {
      log?.warn('Kubernetes object skipped', { path, name: raw.metadata?.name, error: String(error) });
    }
  }

  /** resourceVersion to watch from, or undefined after a failure. */
  async function list(): Promise<string | undefined> {
    lists++;
    records.beginList();
    const listed = await listAll<Raw>(kube, path, query, stopper.signal, (raw) => {
      guarded(raw, () => records.upsert(raw));
    });
    if (stopper.signal.aborted) return undefined;
    if (listed.ok) {
      records.endList();
      contact();
      sync();
      return listed.value;
    }
    fail(listed);
    // Records are kept: that the API cannot be read does not mean that the objects are gone.
    if (isNotServed(listed)) {
      sync();
      await retry.sleep(options.askAgainMs ?? ASK_AGAIN_MS);
    } else {
      await retry.next(listed.retryAfterMs);
    }
    return undefined;
  }

  async function run(): Promise<void> {
    let resourceVersion: string | undefined;
    while (!stopper.signal.aborted) {
      if (resourceVersion === undefined) {
        resourceVersion = await list();
        continue;
      }
      const startedMs = clock.nowMs();
      const end = await watchOnce<Raw>({
        kube,
        path,
        query,
        resourceVersion,
        clock,
        silentMs: options.silentMs ?? SILENT_MS,
        signal: stopper.signal,
        onByte: contact,
        onObject(type, raw) {
          guarded(raw, () => (type === 'DELETED' ? records.remove(raw) : records.upsert(raw)));
        },
      });
      if (stopper.signal.aborted) return;
      if (clock.nowMs() - startedMs >= HEALTHY_MS) retry.reset();
      resourceVersion = end.relist ? undefined : end.resourceVersion;
      if (end.failure !== null) fail(end.failure);
      else if (end.relist) log?.info('Kubernetes watch expired, listing again', { path });
      await retry.next(end.failure?.retryAfterMs);
    }
  }
  void run();

  return {
    get synced() {
      return synced;
    },
    whenSynced,
    get: (key) => records.byKey.get(key),
    values: () => records.byKey.values(),
    get size() {
      return records.byKey.size;
    },
    get lastContactMs() {
      return lastContactMs;
    },
    get relists() {
      return Math.max(0, lists - 1);
    },
    get trouble() {
      return trouble;
    },
    stop: () => stopper.abort(),
  };
}
