/** All workloads: hands each its snapshots and reports, leads or follows, and takes over what an earlier leader left. */
import type { Clock, ClusterConfig, Fence, Report, Transition, WorkloadKey } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import { type Kube, keyedQueue } from '@rouse/kube';
import type { EventRecorder } from '../cluster/events.ts';
import type { LeaderLease } from '../cluster/lease.ts';
import type { ClusterView } from '../cluster/observed-workload.ts';
import { patchScale, type ScaleChange, type ScaleOutcome } from '../cluster/scale.ts';
import type { MemberView } from '../members/member.ts';
import type { Members } from '../members/members.ts';
import { WorkloadController, type WorkloadHost } from './workload-controller.ts';

export interface ControllerOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly view: ClusterView;
  readonly members: Members;
  readonly lease: Pick<LeaderLease, 'validForMs' | 'unrenewedForMs' | 'epoch'>;
  readonly events: EventRecorder;
  readonly config: ClusterConfig;
  /** `--max-wake-step`, >= 1. */
  readonly maxWakeStep: number;
  /** `--proxy-url`. */
  readonly proxyUrl: string | null;
  readonly podDeletionCost: boolean;
  onTransition(transition: Transition): void;
  /** Something about it may have changed; undefined when it is gone. */
  onWorkload(key: WorkloadKey, workload: WorkloadController | undefined): void;
}

/** Nothing is written unless no other can lead for so long. */
const WRITE_MARGIN_MS = 2_000;
/** A new leader waits for the proxies' first words, since they know what an earlier one closed. */
const FIRST_REPORTS_MS = 3_000;
const STANDBY_HELD_MS = 3_000;
const STANDBY_UNRENEWED_MS = 5_000;
const WORKERS = 64;
const FIRST_EPOCH = 1;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #workloads = new Map<WorkloadKey, WorkloadController>();
  readonly #uids = new Map<WorkloadKey, string>();
  readonly #queue;
  readonly #heldSinceMs = new Map<WorkloadKey, number>();
  /** Leading, everything synced, and what earlier leaders left is taken over. */
  #leading = false;
  #stopped = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#queue = keyedQueue({
      clock: options.clock,
      concurrency: WORKERS,
      work: (key) => this.#reconcile(key),
      onError: (key, error) => options.log.error('workload not reconciled', { key, error: String(error) }),
    });
    options.view.subscribe((key) => this.#queue.add(key));
  }

  get(key: WorkloadKey): WorkloadController | undefined {
    return this.#workloads.get(key);
  }

  /** Keys in a stable order. */
  keys(): readonly WorkloadKey[] {
    return [...this.#workloads.keys()].sort();
  }

  /** The Lease is ours: pushes begin once everything was read, and every proxy was heard or waited for. */
  async lead(epoch: number): Promise<void> {
    const { view, members, lease, clock, log } = this.#options;
    await view.whenSynced;
    await this.#firstReports();
    if (lease.epoch !== epoch || this.#stopped) return;
    for (const key of view.keys()) this.#reconcile(key);
    // An epoch above the first had a leader before, who may have sent a patch up to the moment it died.
    const quietForMs = epoch > FIRST_EPOCH ? 0 : null;
    for (const [key, workload] of this.#workloads) this.#takeOver(key, workload, quietForMs);
    log.info('taking over', { epoch, workloads: this.#workloads.size, proxies: members.list().length });
    this.#leading = true;
    // Publishes everything before the first table leaves: a proxy drops what the table lacks.
    for (const key of this.#workloads.keys()) this.#reconcile(key);
    members.lead(epoch, () => lease.validForMs() >= WRITE_MARGIN_MS);
    clock.after(0, () => this.#enqueueAll());
  }

  follow(): void {
    this.#leading = false;
    this.#options.members.stopLeading();
    for (const workload of this.#workloads.values()) workload.scaleDown.feed({ type: 'lease-lost' });
  }

  /** A proxy obeys somebody with a higher epoch: whoever that is, it is not us. */
  fenced(fence: Fence): void {
    this.#options.log.warn('a proxy obeys a newer leader', { epoch: fence.epoch });
    this.follow();
  }

  report(member: MemberView, report: Report): void {
    const entries = new Map(report.workloads.map((entry) => [entry.key, entry]));
    for (const [key, workload] of this.#workloads) {
      const entry = entries.get(key);
      // An absent entry is zero demand only from an instance that has applied the current generation.
      if (entry === undefined && this.#options.members.unknownFor(key).includes(member)) continue;
      workload.report(member, report, entry);
      if (entry !== undefined || workload.replicas > 0) this.#queue.add(key);
    }
  }

  memberGone(member: MemberView): void {
    for (const workload of this.#workloads.values()) workload.memberGone(member.url);
    this.#enqueueAll();
  }

  membersChanged(): void {
    this.#enqueueAll();
  }

  sending(member: MemberView, key: WorkloadKey, generation: number, sentAtMs: number): void {
    this.#workloads.get(key)?.scaleDown.sending(member, generation, sentAtMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.stop();
    this.follow();
  }

  #enqueueAll(): void {
    for (const key of this.#workloads.keys()) this.#queue.add(key);
  }

  #reconcile(key: WorkloadKey): void {
    if (this.#stopped) return;
    const observed = this.#options.view.get(key);
    if (observed === undefined || (this.#uids.has(key) && this.#uids.get(key) !== observed.uid)) this.#forget(key);
    if (observed === undefined) return;
    let workload = this.#workloads.get(key);
    if (workload === undefined) {
      workload = new WorkloadController(this.#host(key), observed);
      this.#workloads.set(key, workload);
      this.#uids.set(key, observed.uid);
    }
    if (observed.mode === 'left-alone') this.#release(key, workload);
    workload.evaluate(observed);
    if (!this.#leading) this.#standBy(key, workload);
    this.#options.onWorkload(key, workload);
  }

  #forget(key: WorkloadKey): void {
    const workload = this.#workloads.get(key);
    if (workload === undefined) return;
    this.#release(key, workload);
    this.#workloads.delete(key);
    this.#uids.delete(key);
    this.#heldSinceMs.delete(key);
    this.#options.onWorkload(key, undefined);
  }

  /** Opted out: the proxies forget it, and one that sleeps gets its pods back. */
  #release(key: WorkloadKey, workload: WorkloadController): void {
    const { members, view, kube } = this.#options;
    if (!this.#leading || members.wanted(key) === undefined) return;
    members.withdraw(key);
    const deployment = view.deployment(key);
    if (deployment === undefined || deployment.uid !== this.#uids.get(key) || deployment.replicas > 0) return;
    const to = Math.max(1, workload.minScale, workload.foundReplicas);
    view.noteWrite(key, to);
    void patchScale(kube, key, { seen: 0, to }).then((outcome) => {
      if (outcome.kind !== 'applied')
        this.#options.log.warn('not restored after opting out', { key, to, outcome: outcome.kind });
    });
  }

  /** A request that waits while nobody leads is worth one pod. */
  #standBy(key: WorkloadKey, workload: WorkloadController): void {
    const { clock, lease, members } = this.#options;
    const nowMs = clock.nowMs();
    const held = members.list().some((member) => (member.workload(key)?.report.held ?? 0) > 0);
    if (!held) {
      this.#heldSinceMs.delete(key);
      return;
    }
    const sinceMs = this.#heldSinceMs.get(key) ?? nowMs;
    this.#heldSinceMs.set(key, sinceMs);
    const orphaned = (lease.unrenewedForMs() ?? 0) > STANDBY_UNRENEWED_MS && nowMs - sinceMs > STANDBY_HELD_MS;
    if (orphaned) void workload.wakeAsStandby();
  }

  /** Pods that proxies have closed for an earlier leader may be on their way out: they stay closed until proven to stay. */
  #takeOver(key: WorkloadKey, workload: WorkloadController, quietForMs: number | null): void {
    const observed = this.#options.view.get(key);
    if (observed === undefined) return;
    const words = this.#options.members
      .list()
      .filter((member) => member.lastReportAtMs !== null)
      .map((member) => ({
        hasTable: (member.applied?.generation ?? 0) > 0,
        pods: member.workload(key)?.report.pods ?? [],
      }));
    workload.scaleDown.takeOver(observed, words, quietForMs);
  }

  async #firstReports(): Promise<void> {
    const { clock, members } = this.#options;
    const endMs = clock.nowMs() + FIRST_REPORTS_MS;
    while (clock.nowMs() < endMs && members.list().some((member) => member.lastReportAtMs === null)) {
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
  }

  #host(key: WorkloadKey): WorkloadHost {
    const { kube, clock, view, members, events, config, maxWakeStep, proxyUrl, podDeletionCost } = this.#options;
    return {
      key,
      kube,
      clock,
      events,
      config,
      maxWakeStep,
      proxyUrl,
      podDeletionCost,
      observed: () => view.get(key) ?? null,
      members: () => members.list().filter((member) => member.counted),
      unknownMembers: () => members.unknownFor(key).map((member) => member.url),
      leading: () => this.#leading,
      epoch: () => (this.#leading ? this.#options.lease.epoch : null),
      publish: (entry) => {
        const before = members.wanted(key)?.generation;
        return members.publish(entry) !== before;
      },
      renew: () => members.renew(key),
      patch: (change) => this.#patch(key, change),
      evaluateAfter: (delayMs) => (delayMs <= 0 ? this.#queue.add(key) : this.#queue.addAfter(key, delayMs)),
      onTransition: (transition) => this.#options.onTransition(transition),
    };
  }

  /** Every write of replicas goes through here: never without a Lease that no other can hold. */
  async #patch(key: WorkloadKey, change: ScaleChange): Promise<ScaleOutcome> {
    const { kube, lease, view, log } = this.#options;
    const raisesFromZero = change.seen === 0 && change.to > 0;
    if (lease.validForMs() < WRITE_MARGIN_MS && !raisesFromZero) {
      const message = 'the Lease is not valid for long enough';
      return { kind: 'failed', failure: { ok: false, status: 0, reason: 'NotLeading', message, sent: false } };
    }
    view.noteWrite(key, change.to);
    const outcome = await patchScale(kube, key, change);
    if (outcome.kind === 'applied') log.info('scaled', { key, from: change.seen, to: change.to });
    else
      log.warn('not scaled', {
        key,
        from: change.seen,
        to: change.to,
        outcome: outcome.kind,
        problem: outcome.failure.message,
      });
    return outcome;
  }
}
