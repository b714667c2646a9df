/** Kubernetes Events about Deployments: repeated ones counted up, talkative objects held back, never in anybody's way. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@rouse/contract';
import {
  describeFailure,
  eventPath,
  eventsPath,
  type Kube,
  type KubeFailure,
  type KubeLog,
  MERGE_PATCH,
} from '@rouse/kube';
import { FIELD_MANAGER } from './field-owner.ts';
import { remember } from './remember.ts';
import { type SimilarEvents, similarEvents } from './similar-events.ts';

export interface EventSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Default `Deployment`. */
  readonly kind?: 'Deployment' | 'Pod' | 'ConfigMap';
}

export interface EventRecorder {
  /**
   * Says something about an object, at some time. Of the same type, reason and message within ten minutes one Event is
   * counted up; many different messages of the same type and reason are combined in one, which shows the last.
   * @param reason UpperCamelCase, for machines
   */
  record(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Events written (created or counted up), since the start. */
  readonly written: Readonly<Record<'Normal' | 'Warning', number>>;
  /** Events held back or lost, since the start. */
  readonly dropped: number;
  /** Resolves when everything recorded so far was sent or given up, at the latest after `FLUSH_MS`. */
  flush(): Promise<void>;
}

interface Written {
  readonly name: string;
  readonly lastMs: number;
  readonly count: number;
}

interface Pending {
  readonly subject: EventSubject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly wallMs: number;
}

/**
 * client-go's own figures: a burst of 25 about one object, then one in five minutes; the same Event within ten. Warnings
 * are counted by themselves, so that those of an object are told however often it is scaled.
 */
const BURST = 25;
const REFILL_MS = 300_000;
const SAME_WITHIN_MS = 600_000;
const MAX_PENDING = 1_000;
const ATTEMPTS = 3;
const RETRY_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** A shutdown must not wait for an API that is gone. */
const FLUSH_MS = 3_000;
/** The API's limit. */
const MESSAGE_CHARS = 1_024;

export function eventRecorder(options: {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
}): EventRecorder {
  const { kube, clock, log } = options;
  const written = new Map<string, Written>();
  const similar: SimilarEvents = similarEvents();
  const counts = { Normal: 0, Warning: 0 };
  const budgets = new Map<string, { tokens: number; atMs: number }>();
  const pending: Pending[] = [];
  let sending: Promise<void> | undefined;
  let dropped = 0;

  function allowed({ uid }: EventSubject, type: Pending['type']): boolean {
    const nowMs = clock.nowMs();
    const key = `${uid} ${type}`;
    const budget = budgets.get(key) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(BURST, budget.tokens + (nowMs - budget.atMs) / REFILL_MS);
    remember(budgets, key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    return tokens >= 1;
  }

  async function drain(): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) await send(next);
    sending = undefined;
  }

  async function send(event: Pending): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const failure = await write(event);
      if (failure === null) {
        counts[event.type]++;
        return;
      }
      const passing = failure.status === 0 || failure.status === 429 || failure.status >= 500;
      if (!passing || attempt === ATTEMPTS) {
        dropped++;
        log.warn('Kubernetes Event not written', { reason: event.reason, problem: describeFailure(failure) });
        return;
      }
      await new Promise<void>((resolve) => {
        clock.after(Math.max(RETRY_MS * attempt, failure.retryAfterMs ?? 0), resolve);
      });
    }
  }

  async function write(event: Pending): Promise<KubeFailure | null> {
    const { subject } = event;
    const nowMs = clock.nowMs();
    const about = JSON.stringify([subject.uid, event.type, event.reason]);
    const { key, message: text } = similar.textOf(about, event.message, nowMs);
    const message = text.slice(0, MESSAGE_CHARS);
    const known = written.get(key);
    const lastTimestamp = rfc3339(event.wallMs);
    if (known !== undefined && nowMs - known.lastMs < SAME_WITHIN_MS) {
      const count = known.count + 1;
      const patched = await kube.request({
        method: 'PATCH',
        path: eventPath(subject.namespace, known.name),
        query: { fieldManager: FIELD_MANAGER },
        contentType: MERGE_PATCH,
        body: { count, lastTimestamp, message },
        timeoutMs: REQUEST_TIMEOUT_MS,
      });
      if (patched.ok) remember(written, key, { name: known.name, lastMs: nowMs, count });
      // Events live for an hour by default, and may be deleted by anyone: then it is a new one.
      if (patched.ok || patched.status !== 404) return patched.ok ? null : patched;
    }
    // A name is at most 253 long.
    const name = `${subject.name.slice(0, 230)}.${randomBytes(8).toString('hex')}`;
    const created = await kube.request({
      method: 'POST',
      path: eventsPath(subject.namespace),
      query: { fieldManager: FIELD_MANAGER },
      body: eventBody(name, { ...event, message }, lastTimestamp),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (!created.ok) return created;
    remember(written, key, { name, lastMs: nowMs, count: 1 });
    return null;
  }

  return {
    record(subject, type, reason, message) {
      if (pending.length >= MAX_PENDING || !allowed(subject, type)) {
        dropped++;
        return;
      }
      pending.push({ subject, type, reason, message, wallMs: clock.wallMs() });
      sending ??= drain();
    },
    written: counts,
    get dropped() {
      return dropped;
    },
    flush: () =>
      new Promise((resolve) => {
        if (sending === undefined) return resolve();
        const cancel = clock.after(FLUSH_MS, resolve);
        void sending.then(() => {
          cancel();
          resolve();
        });
      }),
  };
}

function rfc3339(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}

function eventBody(name: string, event: Pending, time: string): object {
  const { subject } = event;
  const kind = subject.kind ?? 'Deployment';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: subject.namespace },
    involvedObject: {
      apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
      kind,
      namespace: subject.namespace,
      name: subject.name,
      uid: subject.uid,
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: FIELD_MANAGER,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
