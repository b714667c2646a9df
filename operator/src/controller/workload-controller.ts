/**
 * One workload: reads the newest snapshot and reports, decides, publishes its entry to the proxies, and writes its
 * replicas: upwards at once, downwards through the handshake. Level-triggered: `evaluate` may be called at any time.
 */
import type { DecisionRecord, Report, WorkloadReport, WorkloadStatus } from '@rouse/contract';
import type { WakeResult } from '../api/status-source.ts';
import type { Decision } from '../autoscale/scaler.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';
import type { MemberView } from '../members/member.ts';
import { nextMoment } from './next-moment.ts';
import { PublishedEntry } from './published-entry.ts';
import { ReplicaWriter } from './replica-writer.ts';
import { HANDSHAKE_TICK_MS, ScaleDown } from './scale-down.ts';
import { hasUsablePod, workloadState } from './usable-pods.ts';
import { wakeRefusal } from './wake-refusal.ts';
import { WorkloadDecider } from './workload-decider.ts';
import type { WorkloadHost } from './workload-host.ts';
import { demandNow, readyPods, workloadStatus } from './workload-status.ts';
import { WorkloadTelling } from './workload-telling.ts';

/** A handshake that was called off is begun again after so long, then twice that: what spoke against it may last. */
const BEGIN_AGAIN_FIRST_MS = 500;
const BEGIN_AGAIN_MAX_MS = 30_000;

export class WorkloadController {
  readonly uid: string;
  readonly scaleDown: ScaleDown;
  readonly #host: WorkloadHost;
  readonly #decider: WorkloadDecider;
  readonly #writer: ReplicaWriter;
  readonly #published: PublishedEntry;
  readonly #telling: WorkloadTelling;
  #wasManaged = false;
  /** Replicas when it was adopted; restored when it is opted out while asleep. */
  #foundReplicas: number;
  #observed: ObservedWorkload;
  #carried = false;
  #usable = false;
  #foreignAtMs: number | null;
  #beginAtMs = 0;
  #calledOff = 0;

  constructor(host: WorkloadHost, observed: ObservedWorkload) {
    this.uid = observed.uid;
    this.#host = host;
    this.#observed = observed;
    this.#decider = new WorkloadDecider(host, observed);
    this.#foundReplicas = observed.replicas;
    this.#foreignAtMs = observed.foreignWrite?.atMs ?? null;
    const { key, kube, clock } = host;
    const wake = () => host.evaluateAfter(0);
    this.#writer = new ReplicaWriter({ key, kube, clock, patch: (change) => this.#patch(change), wake });
    this.#published = new PublishedEntry(host);
    this.#telling = new WorkloadTelling(host);
    this.scaleDown = new ScaleDown({
      key,
      kube,
      clock,
      observed: () => host.observed(),
      members: () => host.members(),
      mayWrite: () => host.mayWrite(),
      push: () => {
        if (host.leading() && !this.#publish()) host.renew();
      },
      patch: (change) => this.#writer.write(this.uid, change),
      wake,
      told: (event, reason) => this.#handshakeTold(event, reason),
    });
  }

  /** Rouse decides its replicas: always, or from its first request on where only Knative's keys adopted it. */
  get managed(): boolean {
    return this.#observed.mode === 'managed' || (this.#observed.mode === 'unrouted' && this.#carried);
  }

  get leftAlone(): boolean {
    return this.#observed.mode === 'left-alone';
  }

  /** `spec.replicas`, our own newest write included. */
  get replicas(): number {
    return this.#writer.replicas(this.#observed);
  }

  /** Replicas to give it back when it is opted out while asleep. */
  get restoreTo(): number {
    return Math.max(1, this.#decider.settings.minScale, this.#foundReplicas);
  }

  get counts(): WorkloadTelling['counts'] {
    return this.#telling.counts;
  }

  /** Problems that keep annotations from being in force. */
  get faults(): number {
    return this.#observed.problems.filter(({ severity }) => severity === 'error').length;
  }

  get decision(): Decision | null {
    return this.#decider.decision;
  }

  /** A proxy's report, which `entry` is part of; undefined means no demand there. */
  report(member: MemberView, report: Report, entry: WorkloadReport | undefined): void {
    const nowMs = this.#host.clock.nowMs();
    this.#decider.report(nowMs, member, report, entry, this.#usable);
    if (entry === undefined) return;
    if (entry.arrivals > 0) this.#carried = true;
    if (entry.wake !== undefined && entry.inFlight + entry.held === 0) {
      // A browser looks at the waiting page: nothing of it is held, and it is a wake all the same.
      this.#decider.scaler.wakeByHand(nowMs);
      this.scaleDown.feed({ type: 'arrival' });
    }
    this.#telling.reported(this.#observed, entry, this.replicas);
    this.scaleDown.reported(member, report.instance, entry, report.applied.epoch === this.#host.epoch());
    if (entry.inFlight + entry.held > 0) this.#calledOff = 0;
  }

  memberGone(url: string): void {
    this.#decider.scaler.forget(this.#host.clock.nowMs(), url);
  }

  evaluate(observed: ObservedWorkload): void {
    const nowMs = this.#host.clock.nowMs();
    this.#take(nowMs, observed);
    if (this.managed && !this.#wasManaged) this.#adopted(nowMs);
    this.#wasManaged = this.managed;
    this.#usable = hasUsablePod(observed, this.#host.members(), (uid) => this.scaleDown.isLeaving(uid));
    this.#telling.observed(observed);
    if (this.#decider.isDue(nowMs, this.#beginAtMs)) this.#decide(nowMs);
    if (!this.#host.leading()) return;
    this.#telling.news(observed, this.managed);
    this.scaleDown.look(observed);
    this.#act(nowMs);
    this.#publish();
    this.#comeBack(nowMs);
  }

  status(): WorkloadStatus {
    return workloadStatus({
      observed: this.#observed,
      replicas: this.replicas,
      state: this.#state(),
      managed: this.managed,
      demand: demandNow(this.#host.members(), this.#observed.key),
      decision: this.managed ? this.decision : null,
      decidedAtMs: this.#decider.decidedAtMs,
      nowMs: this.#host.clock.nowMs(),
      lastDecision: this.#telling.lastRecord,
      desired: this.managed ? this.#decider.scaler.desired : null,
      target: this.#decider.settings.target,
      proxyUrl: this.#host.proxyUrl,
    });
  }

  decisions(): readonly DecisionRecord[] {
    return this.#decider.scaler.decisions();
  }

  wakeByHand(): WakeResult {
    const refusal = wakeRefusal(this.#observed, this.#host.leading());
    if (refusal !== null) return refusal;
    this.#carried = true;
    this.#decider.scaler.wakeByHand(this.#host.clock.nowMs());
    this.#decider.due('wake');
    this.scaleDown.feed({ type: 'arrival' });
    this.evaluate(this.#observed);
    const desired = this.decision?.desired ?? 1;
    const waking = `Waking ${desired} pod${desired === 1 ? '' : 's'}.`;
    return { ok: true, desired, message: this.#usable ? 'It is awake.' : waking };
  }

  /** A standby may do 0→1 for a request that waits while nobody leads: raising from zero is always safe. */
  async wakeAsStandby(): Promise<void> {
    const nowMs = this.#host.clock.nowMs();
    this.#decide(nowMs);
    const wanted = this.managed && (this.decision?.desired ?? 0) > 0 && this.#observed.conflict === null;
    if (!wanted || this.replicas !== 0 || this.#writer.raising || nowMs < this.#writer.retryAtMs) return;
    await this.#writer.raise(this.uid, 0, 1);
  }

  #take(nowMs: number, observed: ObservedWorkload): void {
    const before = this.#observed;
    this.#observed = observed;
    if (observed === before) return;
    this.#decider.configure(nowMs, observed, before);
    if (observed.foreignWrite !== null && observed.foreignWrite.atMs !== this.#foreignAtMs) {
      this.#foreignAtMs = observed.foreignWrite.atMs;
      this.#decider.scaler.foreignWrite(nowMs, observed.replicas);
      this.scaleDown.feed({ type: 'foreign-write' });
      this.#decider.due('foreign-write');
      this.#telling.foreign(observed, observed.foreignWrite);
    }
    if (observed.replicas !== before.replicas || readyPods(observed) !== readyPods(before))
      this.#decider.alsoDue('tick');
  }

  /** What it has now is what its owner gave it; from here on the idle clock runs. */
  #adopted(nowMs: number): void {
    this.#foundReplicas = this.replicas;
    this.#decider.scaler.foreignWrite(nowMs, this.replicas);
  }

  #decide(nowMs: number): void {
    const decision = this.#decider.decide(nowMs, this.#observed, {
      replicas: this.replicas,
      usable: this.#usable,
      firstSeenReplicas: this.#foundReplicas,
    });
    this.#telling.decided(this.#observed, this.replicas, decision, this.#usable);
  }

  #act(nowMs: number): void {
    const decision = this.decision;
    if (decision === null) return;
    if (!this.managed || this.#observed.conflict !== null) {
      // Not ours to decide now; what may already be sent is seen through all the same.
      this.scaleDown.feed({ type: 'desired', replicas: Number.POSITIVE_INFINITY });
      return;
    }
    this.scaleDown.feed({ type: 'desired', replicas: decision.desired });
    if (!decision.known) return;
    const { replicas } = this;
    if (decision.desired < replicas) {
      // Pods are only taken away by a decision made just now, on the newest replicas.
      const newest = this.#writer.isNewest(this.#observed) && this.#decider.decidedAtMs === nowMs;
      if (newest && !this.#writer.raising && nowMs >= this.#beginAtMs)
        this.scaleDown.begin(this.#observed, decision.desired, this.#host.podDeletionCost);
    } else if (decision.desired > replicas && !this.#writer.raising) {
      if (nowMs >= Math.max(decision.writeAtMs ?? nowMs, this.#writer.retryAtMs)) void this.#raise(replicas, decision);
    }
  }

  async #raise(seen: number, decision: Decision): Promise<void> {
    const { clock } = this.#host;
    this.scaleDown.feed({ type: 'caught-up', caughtUp: false, askedMs: clock.nowMs() });
    this.#decider.scaler.wrote(clock.nowMs());
    const outcome = await this.#writer.raise(this.uid, seen, decision.desired);
    if (outcome.kind === 'applied') this.#decider.alsoDue('tick');
    this.#host.evaluateAfter(Math.max(0, this.#writer.retryAtMs - clock.nowMs()));
  }

  async #patch(change: ScaleChange): Promise<ScaleOutcome> {
    const record = this.decision?.record ?? null;
    const outcome = await this.#host.patch(change);
    this.#telling.written(this.#observed, change, outcome, record);
    return outcome;
  }

  #handshakeTold(event: 'patched' | 'abandoned' | 'done', reason: string): void {
    if (event !== 'done') this.#telling.handshake(event, reason);
    if (event === 'patched') this.#calledOff = 0;
    if (event === 'abandoned') {
      const waitMs = Math.min(BEGIN_AGAIN_MAX_MS, BEGIN_AGAIN_FIRST_MS * 2 ** this.#calledOff);
      this.#beginAtMs = this.#host.clock.nowMs() + waitMs;
      this.#calledOff = Math.min(this.#calledOff + 1, 10);
      this.#decider.alsoDue('sleep');
    }
    this.#host.evaluateAfter(0);
  }

  #publish(): boolean {
    if (this.leftAlone) return false;
    return this.#published.publish(this.#observed, this.#state(), this.scaleDown, this.decision?.alarm ?? null);
  }

  #state(): WorkloadStatus['state'] {
    const desired = this.managed ? (this.decision?.desired ?? this.replicas) : this.replicas;
    return workloadState(this.#observed, desired, this.#usable);
  }

  /** The next evaluation that time alone asks for. @param lookedMs the time of this one */
  #comeBack(lookedMs: number): void {
    const decision = this.decision;
    const moments = [decision?.writeAtMs ?? 0, this.#writer.retryAtMs];
    // Asleep, without anybody who wants it, nothing changes by time but what the decision names itself.
    if (this.replicas > 0 || (decision?.desired ?? 0) > 0) moments.push(this.#decider.decideAtMs(this.#beginAtMs));
    else moments.push(decision?.decideAtMs ?? 0);
    if (!this.scaleDown.open) moments.push(lookedMs + HANDSHAKE_TICK_MS);
    const nextMs = nextMoment(lookedMs, moments);
    if (nextMs !== null) this.#host.evaluateAfter(Math.max(0, nextMs - this.#host.clock.nowMs()));
  }
}
