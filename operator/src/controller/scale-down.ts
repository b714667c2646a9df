/** Drives the handshake of one workload: feeds it what happens, and carries its effects out over API and control wire. */
import type { Clock, WorkloadKey, WorkloadReport } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import { writeDeletionCost } from '../cluster/deletion-cost.ts';
import { readDeployment, readPodFate, readReplicaSet } from '../cluster/fresh-read.ts';
import type { ObservedPod, ObservedWorkload } from '../cluster/observed-workload.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';
import type { MemberView } from '../members/member.ts';
import { handshake, phaseOf } from '../sleep/handshake.ts';
import {
  type HandshakeEffect,
  type HandshakeEvent,
  type HandshakeMember,
  type HandshakeState,
  OPEN,
} from '../sleep/handshake-state.ts';
import { type InheritedWord, takeOver } from '../sleep/take-over.ts';
import { chooseVictims, type VictimCandidate } from '../sleep/victims.ts';

/** What the workload's controller lends it. */
export interface ScaleDownHost {
  readonly key: WorkloadKey;
  readonly kube: Kube;
  readonly clock: Clock;
  /** The newest snapshot; null when the Deployment is gone. */
  observed(): ObservedWorkload | null;
  /** Proxies that count. */
  members(): readonly MemberView[];
  /** Publishes the entry with the phases now in force, under a new generation. */
  push(): void;
  /** Writes `/scale` and keeps the books of it. */
  patch(change: ScaleChange): Promise<ScaleOutcome>;
  /** Something moved: evaluate the workload again soon. */
  wake(): void;
  /** It is over: nothing was removed, for this reason, or all of it is done. */
  told(event: 'abandoned' | 'done', reason: string): void;
}

/** A handshake that is under way is looked at again at least this often. */
export const HANDSHAKE_TICK_MS = 200;

/** A pod is in question while proxies may send to it. */
export function isPushed(pod: ObservedPod): boolean {
  return !pod.terminating && pod.address !== null && pod.port !== null;
}

export class ScaleDown {
  readonly #host: ScaleDownHost;
  #state: HandshakeState = OPEN;
  /** UIDs of the pods that were pushed when it was last looked. */
  #pushed = new Set<string>();
  #memberIds = '';
  #cost = 0;
  /** ReplicaSets that may still remove pods for the patch sent. */
  #replicaSets: readonly string[] = [];

  constructor(host: ScaleDownHost) {
    this.#host = host;
  }

  get open(): boolean {
    return this.#state.step === 'open';
  }

  /** Whether `spec.replicas` may be raised now: not while our own patch may still arrive. */
  get mayWrite(): boolean {
    return this.#state.step !== 'patching' && this.#state.step !== 'unsure';
  }

  phaseOf(uid: string): 'armed' | 'closed' | null {
    return phaseOf(this.#state, uid);
  }

  /** @param quietForMs how long ago an earlier leader can last have sent a patch; null = there was none */
  takeOver(observed: ObservedWorkload, words: readonly InheritedWord[], quietForMs: number | null): void {
    const uids = observed.pods.filter(isPushed).map((pod) => pod.uid);
    this.#state = takeOver(this.#host.clock.nowMs(), uids, words, quietForMs);
    this.#pushed = new Set(uids);
    this.#rememberReplicaSets();
    // Costs that an earlier leader left on pods that are no victims any more.
    const left = observed.pods.filter((pod) => pod.deletionCost?.ours && this.phaseOf(pod.uid) === null);
    if (left.length > 0)
      void this.#writeCosts(
        left.map((pod) => pod.uid),
        null,
      );
  }

  /** Begins the way to zero, or to fewer pods; nothing while one is under way, or while a shrink must wait. */
  begin(observed: ObservedWorkload, to: number, costs: boolean): void {
    if (!this.open) return;
    const pushed = observed.pods.filter(isPushed);
    const seen = observed.replicas;
    const drainTimeoutMs = observed.settings.limits.drainTimeoutMs;
    let victims = pushed.map((pod) => pod.uid);
    if (to > 0) {
      if (isRollingOut(observed)) return;
      const choice = this.#choose(observed, seen - to, costs);
      if (choice.refused !== null) return;
      this.#cost = choice.cost;
      const chosen = new Set(choice.victims.map((pod) => pod.uid));
      victims = victims.filter((uid) => chosen.has(uid));
    }
    this.#pushed = new Set(pushed.map((pod) => pod.uid));
    this.#rememberReplicaSets();
    const members = this.#members();
    this.#memberIds = JSON.stringify(members);
    const kind = to === 0 ? 'zero' : 'shrink';
    this.feed({ type: 'begin', plan: { kind, seen, to, victims, drainTimeoutMs, costs: costs && to > 0 }, members });
  }

  /** Takes in what the newest snapshot and the proxies show. Cheap when no handshake is under way. */
  look(observed: ObservedWorkload): void {
    if (this.open) return;
    this.#lookAtMembers();
    this.#lookAtPods(observed);
    if (isRollingOut(observed)) this.feed({ type: 'rollout' });
    this.#lookAtVictims(observed);
    this.feed({ type: 'tick' });
  }

  /** @param ours false: what it has applied is another leader's, whose generations are not ours */
  reported(member: MemberView, instance: string, report: WorkloadReport, ours: boolean): void {
    if (this.open) return;
    const { held, pods } = report;
    const generation = ours ? report.generation : -1;
    this.feed({ type: 'report', member: member.url, instance, generation, held, pods });
  }

  sending(member: MemberView, generation: number, sentAtMs: number): void {
    if (this.#state.step !== 'armed' && this.#state.step !== 'closed') return;
    this.feed({ type: 'pushed', member: member.url, generation, phase: this.#state.step, sentAtMs });
  }

  feed(event: HandshakeEvent): void {
    const { state, effects } = handshake(this.#state, event, this.#host.clock.nowMs());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: HandshakeEffect): void {
    switch (effect.type) {
      case 'push':
        this.#host.push();
        break;
      case 'write-costs':
        void this.#writeCosts(effect.uids, this.#cost);
        break;
      case 'remove-costs':
        void this.#writeCosts(effect.uids, null);
        break;
      case 'patch':
        void this.#patch(effect);
        break;
      case 'reread':
        void this.#reread();
        break;
      case 'read-pods':
        for (const uid of effect.uids) void this.#readPod(uid);
        break;
      case 'abandoned':
        this.#host.told('abandoned', effect.reason);
        break;
      case 'done':
        this.#host.told('done', '');
        break;
    }
  }

  async #patch({
    seen,
    to,
    testResourceVersion,
    notAfterMs,
  }: Extract<HandshakeEffect, { type: 'patch' }>): Promise<void> {
    const observed = this.#host.observed();
    const stale = observed === null || observed.replicas !== seen || this.#host.clock.nowMs() > notAfterMs;
    if (stale) return this.feed({ type: 'patch-result', result: 'rejected' });
    const change = testResourceVersion ? { seen, to, resourceVersion: observed.resourceVersion } : { seen, to };
    const outcome = await this.#host.patch(change);
    const result = outcome.kind === 'applied' || outcome.kind === 'unknown' ? outcome.kind : 'rejected';
    this.feed({ type: 'patch-result', result });
    this.#host.wake();
  }

  /** Asks the API itself: what we watch may be behind. */
  async #reread(): Promise<void> {
    const askedMs = this.#host.clock.nowMs();
    const [namespace] = this.#host.key.split('/');
    const deployment = await readDeployment(this.#host.kube, this.#host.key);
    if (!deployment.ok) {
      // A Deployment that is gone takes its pods along; the controllers owe it nothing any more.
      if (deployment.status === 404) this.feed({ type: 'caught-up', caughtUp: true, askedMs });
      return;
    }
    let caughtUp = deployment.value.observedGeneration >= deployment.value.generation;
    for (const name of this.#replicaSets) {
      if (!caughtUp) break;
      const set = await readReplicaSet(this.#host.kube, namespace!, name);
      if (!set.ok) {
        if (set.status !== 404) return;
        continue;
      }
      const { observedGeneration, generation, statusReplicas, replicas } = set.value;
      caughtUp = observedGeneration >= generation && statusReplicas === replicas;
    }
    this.feed({ type: 'caught-up', caughtUp, askedMs });
  }

  async #readPod(uid: string): Promise<void> {
    const pod = this.#host.observed()?.pods.find((each) => each.uid === uid);
    if (pod === undefined) return this.feed({ type: 'pod-gone', uid });
    const askedMs = this.#host.clock.nowMs();
    const [namespace] = this.#host.key.split('/');
    const fate = await readPodFate(this.#host.kube, { namespace: namespace!, name: pod.name, uid });
    if (!fate.ok) return;
    this.feed({ type: 'pod-read', uid, askedMs, deleting: fate.value !== 'stays' });
    if (fate.value !== 'stays') this.feed({ type: 'pod-gone', uid });
  }

  async #writeCosts(uids: readonly string[], cost: number | null): Promise<void> {
    const [namespace] = this.#host.key.split('/');
    for (const uid of uids) {
      const pod = this.#host.observed()?.pods.find((each) => each.uid === uid);
      if (pod === undefined) continue;
      const written = await writeDeletionCost(this.#host.kube, { namespace: namespace!, name: pod.name, uid }, cost);
      if (!written.ok && written.status !== 404 && cost !== null) {
        return this.feed({ type: 'costs-failed', message: written.message });
      }
    }
  }

  #lookAtMembers(): void {
    const members = this.#members();
    const ids = JSON.stringify(members);
    if (ids === this.#memberIds) return;
    this.#memberIds = ids;
    this.feed({ type: 'members', members });
  }

  #lookAtPods(observed: ObservedWorkload): void {
    const now = new Set(observed.pods.filter(isPushed).map((pod) => pod.uid));
    const before = this.#pushed;
    this.#pushed = now;
    for (const uid of before) if (!now.has(uid)) this.feed({ type: 'pod-gone', uid });
    for (const uid of now) if (!before.has(uid)) this.feed({ type: 'pod-appeared', uid });
  }

  /** The costs our own watch shows, and whether the controller would still take the victims. */
  #lookAtVictims(observed: ObservedWorkload): void {
    if (this.#state.step !== 'armed' && this.#state.step !== 'closed') return;
    const { plan } = this.#state;
    if (plan.kind !== 'shrink') return;
    const shown = observed.pods.filter((pod) => pod.deletionCost?.ours && pod.deletionCost.value === this.#cost);
    const uids = shown.map((pod) => pod.uid).filter((uid) => plan.victims.includes(uid));
    if (plan.costs) this.feed({ type: 'costs-seen', uids });
    if (plan.costs && uids.length < plan.victims.length) return;
    const choice = this.#choose(observed, plan.seen - plan.to, false);
    const goes = new Set(choice.victims.map((pod) => pod.uid));
    if (choice.refused !== null || plan.victims.some((uid) => !goes.has(uid))) this.feed({ type: 'victims-changed' });
  }

  #choose(observed: ObservedWorkload, count: number, costs: boolean): ReturnType<typeof chooseVictims> {
    const candidates = observed.pods
      .filter((pod) => !pod.deleted && pod.podPhase !== 'Succeeded' && pod.podPhase !== 'Failed')
      .map(
        (pod): VictimCandidate => ({
          ...pod,
          deletionCost: pod.deletionCost?.value ?? 0,
          inFlight: this.#inFlight(pod.uid),
        }),
      );
    return chooseVictims(candidates, count, costs, this.#host.clock.wallMs());
  }

  #inFlight(uid: string): number {
    let sum = 0;
    for (const member of this.#host.members()) {
      sum += member.workload(this.#host.key)?.report.pods.find((pod) => pod.uid === uid)?.inFlight ?? 0;
    }
    return sum;
  }

  #members(): readonly HandshakeMember[] {
    return this.#host.members().map((member) => ({ id: member.url, instance: member.instance }));
  }

  #rememberReplicaSets(): void {
    this.#replicaSets = this.#host.observed()?.replicaSets.map((set) => set.name) ?? [];
  }
}

/** More than one ReplicaSet with pods, or a spec that the controllers have not taken up yet: only up, or to zero. */
export function isRollingOut(observed: ObservedWorkload): boolean {
  return observed.replicaSets.length > 1 || observed.observedGeneration < observed.generation;
}
