/**
 * One workload: reads the newest snapshot and reports, decides, publishes its entry to the proxies, and writes its
 * replicas: upwards at once, downwards through the handshake. Level-triggered: `evaluate` may be called at any time.
 */
import type {
  ClusterConfig,
  DecisionRecord,
  Report,
  Transition,
  WorkloadReport,
  WorkloadStatus,
} from '@rouse/contract';
import type { WakeResult } from '../api/status-source.ts';
import { demandSample } from '../autoscale/demand-sample.ts';
import { resolveScaleSettings } from '../autoscale/resolve-settings.ts';
import { type ScaleSettings, TICK_MS } from '../autoscale/scale-settings.ts';
import { createScaler, type Decision, type Scaler } from '../autoscale/scaler.ts';
import type { EventRecorder } from '../cluster/events.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';
import type { MemberView } from '../members/member.ts';
import type { WantedEntry } from '../members/wanted-table.ts';
import { isNewer } from './resource-version.ts';
import { HANDSHAKE_TICK_MS, isPushed, ScaleDown, type ScaleDownHost } from './scale-down.ts';
import { hasUsablePod, workloadState } from './usable-pods.ts';
import { WakeStory } from './wake-story.ts';
import { workloadEntry } from './workload-entry.ts';
import { workloadStatus } from './workload-status.ts';

/** What the controller of all workloads lends to each. */
export interface WorkloadHost extends Omit<ScaleDownHost, 'push' | 'told' | 'wake'> {
  readonly config: ClusterConfig;
  readonly maxWakeStep: number;
  readonly proxyUrl: string | null;
  readonly podDeletionCost: boolean;
  readonly events: EventRecorder;
  /** True while this operator may publish and write. */
  leading(): boolean;
  /** Of this leadership; null while following. */
  epoch(): number | null;
  unknownMembers(): readonly string[];
  /** True when the entry differs from the one published before, so that it goes out. */
  publish(entry: WantedEntry): boolean;
  /** The entry last published, again under a new generation. */
  renew(): void;
  evaluateAfter(delayMs: number): void;
  onTransition(transition: Transition): void;
}

type Cause = DecisionRecord['cause'];

/** A refused write is tried again once our own watch had time to show why. */
const REFUSED_RETRY_MS = 50;
/** A write that may still be applied: the server's own limit and a little. */
const UNKNOWN_RETRY_MS = 3_500;

export class WorkloadController {
  readonly scaleDown: ScaleDown;
  /** Replicas when it was first seen; restored when it is opted out while asleep. */
  readonly foundReplicas: number;
  readonly #host: WorkloadHost;
  readonly #scaler: Scaler;
  readonly #story = new WakeStory();
  #observed: ObservedWorkload;
  #settings: ObservedWorkload['settings'];
  #scaleSettings: ScaleSettings;
  #decision: Decision | null = null;
  #decidedAtMs = Number.NEGATIVE_INFINITY;
  #due: Cause | null = 'tick';
  /** Replicas and version of our last accepted write: newer than a snapshot that does not show it yet. */
  #written: { readonly replicas: number; readonly resourceVersion: string } | null = null;
  #writing = false;
  #retryAtMs = 0;
  #carried = false;
  #usable = false;
  #foreignAtMs: number | null = null;

  constructor(host: WorkloadHost, observed: ObservedWorkload) {
    this.#host = host;
    this.#observed = observed;
    this.#settings = observed.settings;
    this.#scaleSettings = this.#resolve(observed);
    this.foundReplicas = observed.replicas;
    this.#foreignAtMs = observed.foreignWrite?.atMs ?? null;
    this.#scaler = createScaler({
      nowMs: host.clock.nowMs(),
      settings: this.#scaleSettings,
      readyPods: readyPods(observed),
    });
    this.scaleDown = new ScaleDown({
      key: host.key,
      kube: host.kube,
      clock: host.clock,
      observed: () => host.observed(),
      members: () => host.members(),
      push: () => this.#push(),
      patch: (change) => this.#patch(change),
      wake: () => host.evaluateAfter(0),
      told: (event) => {
        if (event === 'abandoned') this.#due ??= 'sleep';
        host.evaluateAfter(0);
      },
    });
  }

  /** Rouse decides its replicas: always, or from its first request on where only Knative's keys adopted it. */
  get managed(): boolean {
    return this.#observed.mode === 'managed' || (this.#observed.mode === 'unrouted' && this.#carried);
  }

  /** `spec.replicas`, our own newest write included. */
  get replicas(): number {
    const written = this.#written;
    if (written === null || isNewer(this.#observed.resourceVersion, written.resourceVersion))
      return this.#observed.replicas;
    return written.replicas;
  }

  get minScale(): number {
    return this.#scaleSettings.minScale;
  }

  /** A proxy's report, which `entry` is part of; undefined means no demand there. */
  report(member: MemberView, report: Report, entry: WorkloadReport | undefined): void {
    const nowMs = this.#host.clock.nowMs();
    this.#scaler.record(nowMs, demandSample(member.url, report, entry));
    if (entry === undefined) return;
    if (entry.arrivals > 0) this.#carried = true;
    this.#story.reported(nowMs, entry, this.replicas);
    this.scaleDown.reported(member, report.instance, entry, report.applied.epoch === this.#host.epoch());
    const alarm = this.#decision?.alarm ?? null;
    if (entry.wake !== undefined || (entry.held > 0 && !this.#usable)) this.#due = 'wake';
    else if (alarm !== null && entry.inFlight + entry.held >= alarm) this.#due ??= 'alarm';
    else if (!report.beat && (this.#decision?.desired ?? 0) === 0 && entry.inFlight + entry.held > 0)
      this.#due = 'wake';
    const transition = this.#story.finished(this.#host.clock.wallMs(), this.#observed, entry, this.replicas);
    if (transition !== null) this.#host.onTransition(transition);
  }

  memberGone(url: string): void {
    this.#scaler.forget(this.#host.clock.nowMs(), url);
  }

  evaluate(observed: ObservedWorkload): void {
    const nowMs = this.#host.clock.nowMs();
    this.#take(nowMs, observed);
    this.#usable = hasUsablePod(observed, this.#host.members());
    this.#story.observed(nowMs, observed);
    if (
      this.#due !== null ||
      nowMs - this.#decidedAtMs >= TICK_MS ||
      nowMs >= (this.#decision?.decideAtMs ?? Infinity)
    ) {
      this.#decide(nowMs);
    }
    if (!this.#host.leading()) return;
    this.#publish();
    this.scaleDown.look(observed);
    this.#act(nowMs);
    this.#publish();
    this.#comeBack();
  }

  status(): WorkloadStatus {
    return workloadStatus({
      observed: this.#observed,
      replicas: this.replicas,
      state: this.#state(),
      decision: this.managed ? this.#decision : null,
      decidedAtMs: this.#decidedAtMs,
      nowMs: this.#host.clock.nowMs(),
      lastDecision: this.decisions().at(-1) ?? null,
      desired: this.managed ? this.#scaler.desired : null,
      target: this.#scaleSettings.target,
      proxyUrl: this.#host.proxyUrl,
    });
  }

  decisions(): readonly DecisionRecord[] {
    return this.#scaler.decisions();
  }

  wakeByHand(): WakeResult {
    const { mode, modeReason, conflict, settings } = this.#observed;
    if (!this.#host.leading())
      return { ok: false, reason: 'unavailable', message: 'This operator does not lead (yet).' };
    if (mode === 'left-alone')
      return { ok: false, reason: 'refused', message: `Rouse leaves it alone: ${modeReason}.` };
    if (settings.paused !== null)
      return { ok: false, reason: 'refused', message: 'It is paused: remove rouse.dev/paused.' };
    if (conflict !== null)
      return { ok: false, reason: 'refused', message: `${conflict.manager} keeps setting replicas back.` };
    this.#carried = true;
    this.#scaler.wakeByHand(this.#host.clock.nowMs());
    this.#due = 'wake';
    this.scaleDown.feed({ type: 'arrival' });
    this.evaluate(this.#observed);
    const desired = this.#decision?.desired ?? 1;
    return {
      ok: true,
      desired,
      message: this.#usable ? 'It is awake.' : `Waking ${desired} pod${desired === 1 ? '' : 's'}.`,
    };
  }

  /** A standby may do 0→1 for a request that waits while nobody leads: raising from zero is always safe. */
  async wakeAsStandby(): Promise<void> {
    const nowMs = this.#host.clock.nowMs();
    this.#decide(nowMs);
    const wanted = this.managed && (this.#decision?.desired ?? 0) > 0 && this.#observed.conflict === null;
    if (!wanted || this.replicas !== 0 || this.#writing) return;
    this.#writing = true;
    await this.#patch({ seen: 0, to: 1 });
    this.#writing = false;
  }

  /** Held requests over all proxies, as of the last decision. */
  get held(): number {
    return this.#decision?.held ?? 0;
  }

  #take(nowMs: number, observed: ObservedWorkload): void {
    const before = this.#observed;
    this.#observed = observed;
    if (observed.settings !== this.#settings) {
      this.#settings = observed.settings;
      this.#scaleSettings = this.#resolve(observed);
      this.#scaler.configure(nowMs, this.#scaleSettings);
      this.#due ??= 'settings';
    }
    if (observed.foreignWrite !== null && observed.foreignWrite.atMs !== this.#foreignAtMs) {
      const { atMs, manager, from, to } = observed.foreignWrite;
      this.#foreignAtMs = atMs;
      this.#scaler.foreignWrite(nowMs, observed.replicas);
      this.scaleDown.feed({ type: 'foreign-write' });
      this.#due = 'foreign-write';
      this.#tellTransition(from, to, `written by ${manager}`);
    }
    if (observed.replicas !== before.replicas || readyPods(observed) !== readyPods(before)) this.#due ??= 'tick';
    if (observed.conflict !== null && before.conflict === null) {
      this.#host.events.record(
        observed,
        'Warning',
        'ReplicasConflict',
        `${observed.conflict.manager} set spec.replicas back to ${observed.conflict.value} ${observed.conflict.reverts} times; ` +
          `scaling stops for ten minutes. Remove spec.replicas from what ${observed.conflict.manager} applies.`,
      );
    }
  }

  #decide(nowMs: number): void {
    const observed = this.#observed;
    const cause = this.#due ?? 'tick';
    this.#due = null;
    this.#decidedAtMs = nowMs;
    this.#decision = this.#scaler.decide(
      nowMs,
      {
        replicas: this.replicas,
        readyPods: readyPods(observed),
        usable: this.#usable,
        everReady: observed.everReady,
        firstSeenReplicas: this.foundReplicas,
        unknownMembers: this.#host.unknownMembers(),
        wallMs: this.#host.clock.wallMs(),
      },
      cause,
    );
  }

  #act(nowMs: number): void {
    const decision = this.#decision;
    const { conflict } = this.#observed;
    if (decision === null || !decision.known || !this.managed || conflict !== null) return;
    this.scaleDown.feed({ type: 'desired', replicas: decision.desired });
    const { replicas } = this;
    if (decision.desired < replicas) {
      // Only a decision that has seen the newest replicas may take pods away.
      if (!this.#writing) this.scaleDown.begin(this.#observed, decision.desired, this.#host.podDeletionCost);
    } else if (decision.desired > replicas && this.scaleDown.mayWrite && !this.#writing) {
      if (nowMs >= Math.max(decision.writeAtMs ?? nowMs, this.#retryAtMs)) void this.#raise(replicas, decision);
    }
  }

  async #raise(seen: number, decision: Decision): Promise<void> {
    this.#writing = true;
    this.scaleDown.feed({ type: 'caught-up', caughtUp: false, askedMs: this.#host.clock.nowMs() });
    this.#scaler.wrote(this.#host.clock.nowMs());
    const outcome = await this.#patch({ seen, to: decision.desired });
    this.#writing = false;
    const nowMs = this.#host.clock.nowMs();
    if (outcome.kind === 'applied') this.#due ??= 'tick';
    else this.#retryAtMs = nowMs + (outcome.kind === 'unknown' ? UNKNOWN_RETRY_MS : REFUSED_RETRY_MS);
    this.#host.evaluateAfter(Math.max(0, this.#retryAtMs - nowMs));
  }

  async #patch(change: ScaleChange): Promise<ScaleOutcome> {
    const outcome = await this.#host.patch(change);
    if (outcome.kind !== 'applied') return outcome;
    this.#written = { replicas: change.to, resourceVersion: outcome.resourceVersion };
    if (change.to > 0) this.#story.patched(this.#host.clock.nowMs());
    const why = change.to === 0 ? this.#idleFor() : this.#lastWhy();
    this.#host.events.record(
      this.#observed,
      'Normal',
      'RouseScaled',
      `Scaled from ${change.seen} to ${change.to}: ${why}`,
    );
    if (!(this.#story.open && change.to > change.seen)) this.#tellTransition(change.seen, change.to, why);
    return outcome;
  }

  #tellTransition(from: number, to: number, why: string): void {
    if (from === to) return;
    const { namespace, name } = this.#observed;
    const at = new Date(this.#host.clock.wallMs()).toISOString();
    this.#host.onTransition({ at, namespace, name, from, to, coldStart: null, why });
    if (to === 0) this.#story.abandon();
  }

  /** The last rule that moved the count says it best. */
  #lastWhy(): string {
    const record = this.#decision?.record;
    return record?.steps.at(-1)?.why ?? record?.cause ?? 'decided';
  }

  #idleFor(): string {
    const idleMs = Number(this.#decision?.record.inputs.idleMs ?? 0);
    return `idle ${Math.round(idleMs / 1000)} s`;
  }

  #push(): void {
    if (this.#host.leading() && !this.#publish()) this.#host.renew();
  }

  #publish(): boolean {
    const phases = new Map<string, 'armed' | 'closed'>();
    for (const pod of this.#observed.pods) {
      const phase = this.scaleDown.phaseOf(pod.uid);
      if (phase !== null && isPushed(pod)) phases.set(pod.uid, phase);
    }
    if (this.#observed.mode === 'left-alone') return false;
    return this.#host.publish(workloadEntry(this.#observed, this.#state(), phases, this.#decision?.alarm ?? null));
  }

  #state(): WorkloadStatus['state'] {
    return workloadState(
      this.#observed,
      this.managed ? (this.#decision?.desired ?? this.replicas) : this.replicas,
      this.#usable,
    );
  }

  /** The next evaluation that time alone asks for. */
  #comeBack(): void {
    const nowMs = this.#host.clock.nowMs();
    const moments = [this.#decision?.decideAtMs ?? 0, this.#decision?.writeAtMs ?? 0, this.#retryAtMs];
    if (!this.scaleDown.open) moments.push(nowMs + HANDSHAKE_TICK_MS);
    if (this.replicas > 0 || (this.#decision?.desired ?? 0) > 0) moments.push(this.#decidedAtMs + TICK_MS);
    const next = Math.min(...moments.filter((moment) => moment > nowMs));
    if (Number.isFinite(next)) this.#host.evaluateAfter(next - nowMs);
  }

  #resolve(observed: ObservedWorkload): ScaleSettings {
    return resolveScaleSettings(observed.settings, this.#host.config, this.#host.maxWakeStep);
  }
}

function readyPods(observed: ObservedWorkload): number {
  return observed.pods.filter((pod) => pod.ready && !pod.terminating).length;
}
