/** All workloads: hands each its snapshots and reports, leads or follows, and takes over what an earlier leader left. */
import type { Clock, ClusterConfig, Fence, Report, Transition, WorkloadKey } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import { type Kube, keyedQueue } from '@rouse/kube';
import type { EventRecorder } from '../cluster/events.ts';
import type { LeaderLease } from '../cluster/lease.ts';
import type { ClusterView, ObservedWorkload } from '../cluster/observed-workload.ts';
import { SCALE_TIMEOUT_MS, type ScaleChange, type ScaleOutcome } from '../cluster/scale.ts';
import type { MemberView } from '../members/member.ts';
import type { Members } from '../members/members.ts';
import { firstWords, inheritedWords } from './inherited-words.ts';
import { rehearseScale } from './rehearsal.ts';
import { Restorer } from './restorer.ts';
import { ScaleGate } from './scale-gate.ts';
import { StandBy } from './stand-by.ts';
import { WorkloadController } from './workload-controller.ts';
import type { WorkloadHost } from './workload-host.ts';

export interface ControllerOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly view: ClusterView;
  readonly members: Members;
  readonly lease: Pick<LeaderLease, 'validForMs' | 'unrenewedForMs' | 'epoch'>;
  readonly events: EventRecorder;
  /** The cluster's defaults and limits in force; workloads take new ones up when `view` tells of them. */
  readonly config: () => ClusterConfig;
  /** `--max-wake-step`, >= 1. */
  readonly maxWakeStep: number;
  /** `--proxy-url`. */
  readonly proxyUrl: string | null;
  readonly podDeletionCost: boolean;
  onTransition(transition: Transition): void;
  /** Something about it may have changed; undefined when it is gone. */
  onWorkload(key: WorkloadKey, workload: WorkloadController | undefined): void;
  /** The first write of a wake was accepted so long after its first report. */
  onWakePatched(ms: number): void;
  onReconciled(ms: number): void;
}

/** A proxy obeys a lower epoch (a Lease that was deleted) once it has not heard the higher one for 30 s. */
const FENCED_RETRY_MS = 5_000;
const WORKERS = 64;
const FIRST_EPOCH = 1;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #members: Members;
  readonly #gate: ScaleGate;
  readonly #workloads = new Map<WorkloadKey, WorkloadController>();
  readonly #queue;
  readonly #standBy: StandBy;
  readonly #restorer: Restorer;
  /** Leading, everything synced, and what earlier leaders left is taken over. */
  #leading = false;
  #stopped = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: ControllerOptions) {
    const { kube, clock, log, view, lease } = options;
    this.#options = options;
    this.#members = options.members;
    this.#gate = new ScaleGate({ kube, log, view, lease, leading: () => this.#leading });
    this.#standBy = new StandBy(clock);
    this.#restorer = new Restorer({ kube, clock, log, patch: (key, change) => this.#patch(key, change) });
    this.#queue = keyedQueue({
      clock,
      concurrency: WORKERS,
      work: (key) => this.#reconcile(key),
      onError: (key, error) => log.error('workload not reconciled', { key, error }),
    });
    view.subscribe((key) => this.#queue.add(key));
  }

  get(key: WorkloadKey): WorkloadController | undefined {
    return this.#workloads.get(key);
  }

  /** Keys in a stable order. */
  keys(): readonly WorkloadKey[] {
    return [...this.#workloads.keys()].sort();
  }

  /** Keys waiting to be reconciled. */
  get waiting(): number {
    return this.#queue.size;
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** The Lease is ours: pushes begin once everything was read, and every proxy was heard or waited for. */
  async lead(epoch: number): Promise<void> {
    const { kube, view, lease, clock, log } = this.#options;
    await view.whenSynced;
    const askedMs = clock.nowMs();
    await firstWords(this.#members, clock, askedMs);
    if (lease.epoch !== epoch || this.#stopped || this.#leading) return;
    for (const key of view.keys()) this.#safely(key, () => this.#reconcile(key));
    // An epoch above the first had a leader before, who may have sent a patch up to the moment it died.
    const quietForMs = epoch > FIRST_EPOCH ? 0 : null;
    for (const [key, workload] of this.#workloads) {
      const observed = view.get(key);
      if (observed === undefined) continue;
      const words = inheritedWords(this.#members.list(), key, askedMs);
      this.#safely(key, () => workload.scaleDown.takeOver(observed, words, quietForMs));
    }
    log.info('taking over', { epoch, workloads: this.#workloads.size, proxies: this.#members.list().length });
    this.#standBy.clear();
    this.#leading = true;
    // Publishes everything before the first table leaves: a proxy drops what the table lacks.
    for (const key of [...this.#workloads.keys()]) this.#safely(key, () => this.#reconcile(key));
    this.#members.lead(epoch, () => this.#gate.mayWrite());
    clock.after(0, () => this.#enqueueAll());
    void rehearseScale({ kube, view, log });
  }

  follow(): void {
    this.#leading = false;
    this.#cancelRetry();
    this.#restorer.stop();
    this.#members.stopLeading();
    for (const workload of this.#workloads.values()) workload.scaleDown.feed({ type: 'lease-lost' });
  }

  /** A proxy obeys somebody with a higher epoch. Either the Lease is lost and we shall learn of it, or it began anew. */
  fenced(fence: Fence): void {
    const { log, clock, lease } = this.#options;
    log.warn('a proxy obeys a leader of a higher epoch', { epoch: fence.epoch });
    this.follow();
    const { epoch } = lease;
    if (epoch === null || this.#stopped) return;
    this.#cancelRetry = clock.after(FENCED_RETRY_MS, () => {
      if (lease.epoch === epoch) void this.lead(epoch);
    });
  }

  report(member: MemberView, report: Report): void {
    const entries = new Map(report.workloads.map((entry) => [entry.key, entry]));
    for (const [key, workload] of this.#workloads) {
      const entry = entries.get(key);
      // An absent entry is zero demand only from an instance that has the workload in its table.
      if (entry === undefined && this.#members.isUnknown(member, key)) continue;
      workload.report(member, report, entry);
      if (entry !== undefined) this.#queue.add(key);
    }
  }

  memberGone(member: MemberView): void {
    for (const workload of this.#workloads.values()) workload.memberGone(member.url);
    this.#enqueueAll();
  }

  /** Lost with its node: once it holds up nothing any more, what it had at the last is taken to have ended. */
  memberExcused(member: MemberView): void {
    if (member.excuse === 'zero') this.memberGone(member);
    else this.#enqueueAll();
  }

  membersChanged(): void {
    this.#enqueueAll();
  }

  /** Its silence keeps pods from going: their owners are told. */
  memberSilent(member: MemberView): void {
    if (!this.#leading) return;
    const message = `The proxy ${member.url} does not report: nothing is scaled down until it does.`;
    for (const [key, workload] of this.#workloads) {
      const observed = this.#options.view.get(key);
      if (observed !== undefined && workload.managed && workload.replicas > 0)
        this.#options.events.record(observed, 'Warning', 'RouseProxySilent', message);
    }
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

  /** One workload that cannot be handled (a bug) hurts no other; the queue tries it again. */
  #safely(key: WorkloadKey, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error('workload not reconciled', { key, error });
      this.#queue.addAfter(key, FENCED_RETRY_MS);
    }
  }

  #reconcile(key: WorkloadKey): void {
    if (this.#stopped) return;
    const startedMs = this.#options.clock.nowMs();
    const observed = this.#options.view.get(key);
    const known = this.#workloads.get(key);
    // Its namespace is still being read: it is there, and what is known of it stands until then.
    if (observed === undefined && this.#options.view.keys().includes(key)) return;
    if (known !== undefined && !isSame(known, observed)) this.#forget(key, known, observed);
    if (observed === undefined) return;
    let workload = this.#workloads.get(key);
    if (workload === undefined) {
      workload = new WorkloadController(this.#host(key), observed);
      this.#workloads.set(key, workload);
      if (!workload.leftAlone) this.#restorer.cancel(key);
    }
    workload.evaluate(observed);
    if (!this.#leading && this.#mayStandIn(key)) void workload.wakeAsStandby();
    this.#options.onWorkload(key, workload);
    this.#options.onReconciled(this.#options.clock.nowMs() - startedMs);
  }

  /** Gone, opted out, or another Deployment of its name: the proxies forget it, and one that sleeps gets its pods back. */
  #forget(key: WorkloadKey, workload: WorkloadController, observed: ObservedWorkload | undefined): void {
    this.#members.withdraw(key);
    workload.scaleDown.release();
    this.#workloads.delete(key);
    this.#standBy.forget(key);
    if (this.#leading && workload.managed) this.#restorer.restore(key, workload.uid, workload.restoreTo);
    // One that is only left alone from now on, or no longer, is still there.
    if (observed?.uid !== workload.uid) this.#options.onWorkload(key, undefined);
  }

  /** A request waits while nobody leads. */
  #mayStandIn(key: WorkloadKey): boolean {
    const held = this.#members.list().some((member) => {
      const seen = member.workload(key);
      return seen?.current === true && seen.report.held > 0;
    });
    return this.#standBy.mayWake(key, held, this.#options.lease.unrenewedForMs());
  }

  #host(key: WorkloadKey): WorkloadHost {
    const { kube, clock, view, events, maxWakeStep, proxyUrl, podDeletionCost, lease } = this.#options;
    const members = this.#members;
    return {
      key,
      kube,
      clock,
      events,
      config: () => this.#options.config(),
      maxWakeStep,
      proxyUrl,
      podDeletionCost,
      observed: () => view.get(key) ?? null,
      members: () => members.list().filter((member) => member.counted && member.excuse !== 'zero'),
      unknownMembers: (holdUp) => {
        const excuse = holdUp === 'fewer' ? 'none' : 'fewer';
        return members.unknownFor(key).flatMap((member) => (member.excuse === excuse ? [member.url] : []));
      },
      leading: () => this.#leading,
      mayWrite: () => this.#gate.mayWrite(),
      epoch: () => (this.#leading ? lease.epoch : null),
      publish: (entry) => {
        const before = members.wanted(key)?.generation;
        return members.publish(entry) !== before;
      },
      renew: () => members.renew(key),
      patch: (change) => this.#patch(key, change),
      evaluateAfter: (delayMs) => (delayMs <= 0 ? this.#queue.add(key) : this.#queue.addAfter(key, delayMs)),
      onTransition: (transition) => this.#options.onTransition(transition),
      onWakePatched: (ms) => this.#options.onWakePatched(ms),
    };
  }

  async #patch(key: WorkloadKey, change: ScaleChange): Promise<ScaleOutcome> {
    const workload = this.#workloads.get(key);
    const outcome = await this.#gate.patch(key, change);
    if (change.to === 0 && workload !== undefined) this.#sleptTooLate(key, workload, outcome);
    return outcome;
  }

  /** It was opted out while the patch that put it to sleep was under way. */
  #sleptTooLate(key: WorkloadKey, workload: WorkloadController, outcome: ScaleOutcome): void {
    const now = this.#workloads.get(key);
    const ours = now !== undefined && !now.leftAlone && now.uid === workload.uid;
    if (ours || !this.#leading || outcome.kind === 'refused' || outcome.kind === 'failed') return;
    const afterMs = outcome.kind === 'unknown' ? SCALE_TIMEOUT_MS + 500 : 0;
    this.#restorer.restore(key, workload.uid, workload.restoreTo, afterMs);
  }
}

/** Another uid is another workload, and so is one that was left alone until now. */
function isSame(workload: WorkloadController, observed: ObservedWorkload | undefined): boolean {
  return observed?.uid === workload.uid && (observed.mode === 'left-alone') === workload.leftAlone;
}
