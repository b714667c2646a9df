/** The operator's side of the control wire: every proxy it knows, what each should have, and what each last said. */
import type { Clock, Fence, Problem, Report, WorkloadEntry, WorkloadKey } from '@rouse/contract';
import { type Excuse, Member, type MemberView } from './member.ts';
import type { MayPush } from './member-sender.ts';
import type { Push } from './outbox.ts';
import { SILENT_STREAM_MS } from './report-stream.ts';
import { type WantedEntry, WantedTable } from './wanted-table.ts';

export type MemberChange =
  | { readonly kind: 'added' | 'removed' }
  /** Its silence holds up less than before, or all again. */
  | { readonly kind: 'excused' }
  /** Its reports arrive: for the first time, or again. */
  | { readonly kind: 'reporting' }
  /** Its reports stopped; the stream is opened again by itself. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** Nothing heard for a minute: worth an Event. It still counts. */
  | { readonly kind: 'silent'; readonly silentMs: number }
  /** Another process answers there: its counters start anew, and what the old one held is gone. */
  | { readonly kind: 'instance'; readonly instance: string; readonly previous: string | null }
  /** It would not take a push (`key` null: the table or a sign of life). */
  | { readonly kind: 'refused'; readonly key: WorkloadKey | null; readonly status: number; readonly detail: string };

export interface MembersOptions {
  readonly clock: Clock;
  /** The control token, asked at every request; null or absent sends none. */
  readonly token?: () => string | null;
  /** After the member's own figures were updated. */
  readonly onReport?: (member: MemberView, report: Report) => void;
  readonly onMember?: (member: MemberView, change: MemberChange) => void;
  /** This generation of an entry is being sent to a proxy, alone or with the table. */
  readonly onSending?: (member: MemberView, key: WorkloadKey, generation: number, sentAtMs: number) => void;
  /** A proxy obeys a leader with a higher epoch. Nothing is sent any more until `lead` is called again. */
  readonly onFenced?: (member: MemberView, fence: Fence) => void;
  /** A push got its answer, or will get none. */
  readonly onPushed?: (durationMs: number) => void;
  /** 0 ≤ n < 1, spreads retries; `Math.random` by default. */
  readonly random?: () => number;
}

/**
 * Reads every member's reports always; sends only between `lead` and `stopLeading`.
 * `publish` may be called before `lead`: the table is then complete when the first push leaves.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #wanted = new WantedTable();
  readonly #members = new Map<string, Member>();
  #leading: { readonly epoch: number; readonly mayPush: MayPush } | null = null;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /**
   * Starts reading a proxy's reports, and sends it the table when leading. Adding a known one changes nothing.
   * @param url the proxy's admin address, `http://host:port` with an optional path prefix
   * @returns the fault of an unusable URL
   */
  add(url: string): Problem | null {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') || parsed.search !== '') {
      return {
        source: 'flag',
        key: '--proxy',
        value: url,
        allowed: 'an http or https URL of a proxy admin port, without a query',
        fix: 'Write it as http://127.0.0.1:8081.',
        severity: 'error',
      };
    }
    if (this.#members.has(parsed.href)) return null;
    const member: Member = new Member(
      { url: parsed, token: this.#options.token ?? (() => null), clock: this.#options.clock },
      this.#wanted,
      {
        onSending: (push, sentAtMs) => this.#sending(member, push, sentAtMs),
        onPushed: (durationMs) => this.#options.onPushed?.(durationMs),
        onReport: (report) => this.#options.onReport?.(member, report),
        onReporting: () => this.#tell(member, { kind: 'reporting' }),
        onBroken: (reason) => this.#tell(member, { kind: 'broken', reason }),
        onSilent: (silentMs) => this.#tell(member, { kind: 'silent', silentMs }),
        onInstance: (instance, previous) => this.#tell(member, { kind: 'instance', instance, previous }),
        onRefused: (key, status, detail) => this.#tell(member, { kind: 'refused', key, status, detail }),
        onFenced: (fence) => this.#fenced(member, fence),
      },
      this.#options.random ?? Math.random,
    );
    this.#members.set(parsed.href, member);
    this.#tell(member, { kind: 'added' });
    if (this.#leading !== null) member.sender.lead(this.#leading.epoch, this.#leading.mayPush);
    return null;
  }

  /** Forgets a proxy that is gone: it neither reports nor vetoes any more. */
  remove(url: string): void {
    const href = URL.canParse(url) ? new URL(url).href : url;
    const member = this.#members.get(href);
    if (member === undefined) return;
    this.#members.delete(href);
    member.close();
    this.#tell(member, { kind: 'removed' });
  }

  /** From now on its silence holds up less, until it is heard again; an unknown URL changes nothing. */
  excuse(url: string, excuse: Excuse): void {
    const member = [...this.#members.values()].find((each) => each.url === url);
    if (member === undefined || member.excuse === excuse) return;
    member.excuse = excuse;
    this.#tell(member, { kind: 'excused' });
  }

  list(): readonly MemberView[] {
    return [...this.#members.values()];
  }

  /**
   * Every proxy shall have this entry. An equal one sends nothing.
   * @returns the generation whose application by a proxy means that it has this entry
   */
  publish(entry: WantedEntry): number {
    const { generation, changed } = this.#wanted.set(entry);
    if (changed) for (const member of this.#members.values()) member.sender.changed(entry.key, generation);
    return generation;
  }

  /** Sends an entry again under a new generation, so that every proxy confirms it anew. */
  renew(key: WorkloadKey): void {
    const generation = this.#wanted.renew(key);
    if (generation === null) return;
    for (const member of this.#members.values()) member.sender.changed(key, generation);
  }

  /** No proxy shall route this workload any more; what they hold for it is answered 503. */
  withdraw(key: WorkloadKey): void {
    const generation = this.#wanted.delete(key);
    if (generation === null) return;
    for (const member of this.#members.values()) member.sender.changed(key, generation);
  }

  /** The entry as last published. */
  wanted(key: WorkloadKey): WorkloadEntry | undefined {
    return this.#wanted.get(key);
  }

  /**
   * Sends the whole table to every proxy, then changes, and a sign of life every 2 s. Call it once everything that
   * should be routed has been published: a proxy drops what the table lacks.
   * @param epoch the Lease's leaseTransitions
   * @param mayPush asked before each push; false while the Lease is not valid for long enough
   */
  lead(epoch: number, mayPush: MayPush = () => true): void {
    this.#leading = { epoch, mayPush };
    for (const member of this.#members.values()) member.sender.lead(epoch, mayPush);
  }

  stopLeading(): void {
    this.#leading = null;
    for (const member of this.#members.values()) member.sender.stopLeading();
  }

  /** Members whose part in this workload's demand is unknown; see `isUnknown`. */
  unknownFor(key: WorkloadKey): readonly MemberView[] {
    const unknown: MemberView[] = [];
    for (const member of this.#members.values()) if (this.#isUnknown(member, key)) unknown.push(member);
    return unknown;
  }

  /**
   * Its part in this workload's demand is unknown: it was never heard (it may hold an earlier leader's table), is silent
   * for 3 s, or is not known to have the workload's entry in any version. A version behind the newest is no reason:
   * a proxy that has the entry reports its demand. While following only silence can be judged.
   */
  isUnknown(view: MemberView, key: WorkloadKey): boolean {
    return view instanceof Member && this.#isUnknown(view, key);
  }

  #isUnknown(member: Member, key: WorkloadKey): boolean {
    if (member.lastReportAtMs === null) return true;
    if (!member.counted) return false;
    if (member.silentMs > SILENT_STREAM_MS) return true;
    return this.#leading !== null && this.#wanted.get(key) !== undefined && !this.#hasEntry(member, key);
  }

  /** Ends every connection; nothing is called back afterwards. */
  close(): void {
    this.#leading = null;
    for (const member of this.#members.values()) member.close();
    this.#members.clear();
  }

  #hasEntry(member: Member, key: WorkloadKey): boolean {
    if (member.applied?.epoch !== this.#leading?.epoch) return false;
    const generation = this.#wanted.get(key)?.generation ?? 0;
    return member.applied!.generation >= (this.#wanted.since(key) ?? 0) && !member.sender.hasRefused(key, generation);
  }

  #sending(member: Member, push: Push, sentAtMs: number): void {
    const { onSending } = this.#options;
    if (onSending === undefined) return;
    for (const { key, generation } of push.entries) onSending(member, key, generation, sentAtMs);
  }

  #fenced(member: Member, fence: Fence): void {
    this.stopLeading();
    this.#options.onFenced?.(member, fence);
  }

  #tell(member: Member, change: MemberChange): void {
    this.#options.onMember?.(member, change);
  }
}
