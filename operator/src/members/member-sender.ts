/** Sends one proxy's outbox over the control wire: one request in flight, in order, for as long as this operator leads. */
import type { Fence, WorkloadKey } from '@rouse/contract';
import { type ControlTarget, type PushResult, sendPush } from './control-request.ts';
import { Outbox, type Push } from './outbox.ts';
import type { EntryVersion, WantedTable } from './wanted-table.ts';

/** Half of the time an ack may count; a proxy that takes longer is asked again. */
export const PUSH_TIMEOUT_MS = 5000;
const NOT_ALLOWED_RETRY_MS = 100;

export interface SenderEvents {
  /** A push leaves now. */
  onSending(push: Push, sentAtMs: number): void;
  /** It was answered, or will not be. */
  onPushed(durationMs: number): void;
  onInstance(instance: string, previous: string | null): void;
  /** The proxy obeys a leader with a higher epoch. */
  onFenced(fence: Fence): void;
  /** A push was not accepted, and not for want of an answer; told once until one is accepted or the fault changes. */
  onRefused(key: WorkloadKey | null, status: number, detail: string): void;
}

/** Pushes by how they ended, since the start: `fenced` 409, `error` any other refusal or no answer. */
export interface PushCounts {
  ok: number;
  fenced: number;
  error: number;
}

/** May anything be written now (the Lease is valid for long enough)? */
export type MayPush = () => boolean;

export class MemberSender {
  /** When the newest accepted push of this leadership was sent; null when there is none. */
  lastAcceptedSentAtMs: number | null = null;
  /** A table may have reached the proxy. */
  everSent = false;
  readonly counts: PushCounts = { ok: 0, fenced: 0, error: 0 };
  readonly #target: ControlTarget;
  readonly #wanted: WantedTable;
  readonly #events: SenderEvents;
  readonly #outbox: Outbox;
  readonly #cancelled = new AbortController();
  readonly #refused = new Map<WorkloadKey, number>();
  #epoch: number | null = null;
  #mayPush: MayPush = () => true;
  #instance: string | null = null;
  #busy = false;
  #told = '';
  #cancelTimer: () => void = () => {};

  constructor(target: ControlTarget, wanted: WantedTable, events: SenderEvents, random: () => number) {
    this.#target = target;
    this.#wanted = wanted;
    this.#events = events;
    this.#outbox = new Outbox(wanted, (key, generation) => this.hasRefused(key, generation), random);
  }

  lead(epoch: number, mayPush: MayPush): void {
    this.#epoch = epoch;
    this.#mayPush = mayPush;
    this.lastAcceptedSentAtMs = null;
    this.#refused.clear();
    this.#outbox.setEpoch(epoch);
    this.#pump();
  }

  stopLeading(): void {
    this.#epoch = null;
    this.lastAcceptedSentAtMs = null;
    this.#outbox.setEpoch(null);
    this.#cancelTimer();
  }

  changed(key: WorkloadKey, generation: number): void {
    this.#outbox.changed(key, generation);
    this.#pump();
  }

  /** The process at this URL is another one: what it knows is unknown, so it gets everything. */
  setInstance(instance: string): void {
    this.#instance = instance;
    this.lastAcceptedSentAtMs = null;
    this.#refused.clear();
    this.#outbox.needTable();
    this.#pump();
  }

  /** True where the proxy would not take this very generation of the entry. */
  hasRefused(key: WorkloadKey, generation: number): boolean {
    return this.#refused.get(key) === generation;
  }

  close(): void {
    this.stopLeading();
    this.#cancelled.abort();
  }

  #pump(): void {
    if (this.#busy || this.#epoch === null) return;
    this.#cancelTimer();
    const nowMs = this.#target.clock.nowMs();
    const push = this.#mayPush() ? this.#outbox.next(nowMs) : null;
    if (push !== null) {
      this.#busy = true;
      this.#events.onSending(push, nowMs);
      void this.#send(push, nowMs);
      return;
    }
    const dueInMs = this.#outbox.dueInMs(nowMs);
    if (dueInMs !== null) {
      this.#cancelTimer = this.#target.clock.after(Math.max(dueInMs, this.#mayPush() ? 0 : NOT_ALLOWED_RETRY_MS), () =>
        this.#pump(),
      );
    }
  }

  async #send(push: Push, sentAtMs: number): Promise<void> {
    const result = await sendPush(this.#target, push, PUSH_TIMEOUT_MS, this.#cancelled.signal);
    if (this.#cancelled.signal.aborted) return;
    this.counts[outcomeOf(result)] += 1;
    this.#events.onPushed(this.#target.clock.nowMs() - sentAtMs);
    if (push.kind === 'table' && (result.kind === 'answer' ? result.status < 300 : result.reached))
      this.everSent = true;
    // Answers to what an earlier leadership sent say nothing about this one.
    if (push.fence.epoch === this.#epoch) this.#settle(push, result, sentAtMs);
    this.#busy = false;
    this.#pump();
  }

  #settle(push: Push, result: PushResult, sentAtMs: number): void {
    const nowMs = this.#target.clock.nowMs();
    if (result.kind === 'failure') this.#outbox.failed(nowMs);
    else if (result.status >= 200 && result.status < 300) this.#accepted(push, result.body, sentAtMs);
    else if (result.status === 409) this.#conflict(push, result.body, nowMs);
    else this.#notAccepted(push, result.status, result.body, nowMs);
  }

  #notAccepted(push: Push, status: number, body: string, nowMs: number): void {
    if (status === 404 && push.kind === 'withdrawal') {
      this.#outbox.refused(push);
      return;
    }
    const faulty = status === 400 || status === 413 || status === 422 ? faultyEntry(push, body) : undefined;
    this.#tell(faulty?.key ?? null, status, body);
    if (faulty !== undefined) {
      // One bad entry hurts no other: it is passed over, and a table goes out again without it.
      this.#refused.set(faulty.key, faulty.generation);
      this.#outbox.refused(push);
      return;
    }
    if (status === 404) this.#outbox.needTable();
    this.#outbox.failed(nowMs);
  }

  #accepted(push: Push, body: string, sentAtMs: number): void {
    const instance = readField(body, 'instance');
    if (typeof instance === 'string' && instance !== this.#instance) {
      const refused = [...this.#refused];
      this.#events.onInstance(instance, this.#instance);
      // A new process that took one entry still lacks the others; one that took the table lacks what was left out of it.
      if (push.kind !== 'table') return;
      for (const [key, generation] of refused) this.#refused.set(key, generation);
    }
    this.#outbox.accepted(push, sentAtMs);
    this.lastAcceptedSentAtMs = sentAtMs;
    this.#told = '';
    if (push.key !== null) this.#refused.delete(push.key);
  }

  /** The proxy holds a newer pair: another leader's, or one of ours whose answer was lost. */
  #conflict(push: Push, body: string, nowMs: number): void {
    const epoch = readField(body, 'epoch');
    const generation = readField(body, 'generation');
    if (typeof epoch !== 'number' || typeof generation !== 'number') {
      this.#tell(push.key, 409, body);
      this.#outbox.failed(nowMs);
    } else if (epoch > push.fence.epoch) {
      this.#events.onFenced({ epoch, generation });
    } else {
      if (epoch === push.fence.epoch) this.#wanted.skipPast(generation);
      this.#outbox.needTable();
      // A table that is refused again would be sent again at once, for ever.
      if (push.kind === 'table') this.#outbox.failed(nowMs);
    }
  }

  /** @param detail the answer's body: a problem document, or text */
  #tell(key: WorkloadKey | null, status: number, detail: string): void {
    const fault = `${key} ${status}`;
    if (fault === this.#told) return;
    this.#told = fault;
    this.#events.onRefused(key, status, String(readField(detail, 'detail') ?? detail).slice(0, 500));
  }
}

function outcomeOf(result: PushResult): keyof PushCounts {
  if (result.kind === 'failure') return 'error';
  if (result.status >= 200 && result.status < 300) return 'ok';
  return result.status === 409 ? 'fenced' : 'error';
}

/** The entry a refusal is about: the only one, or the one its problem names as `workloads[N]`. */
function faultyEntry(push: Push, body: string): EntryVersion | undefined {
  if (push.kind === 'entry') return push.entries[0];
  const index = /^workloads\[(\d+)\]/.exec(String(readField(body, 'key')))?.[1];
  return index === undefined ? undefined : push.entries[Number(index)];
}

function readField(json: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined;
  }
}
