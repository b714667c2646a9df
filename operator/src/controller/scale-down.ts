/** Drives the handshake of one workload: feeds it what happens, and carries its effects out over API and control wire. */
import type { Clock, WorkloadKey, WorkloadReport } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import { readPodFate } from '../cluster/fresh-read.ts';
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
import { haveCaughtUp } from './caught-up.ts';
import { CostWriter } from './cost-writer.ts';

/** What the workload's controller lends it. */
export interface ScaleDownHost {
  readonly key: WorkloadKey;
  readonly kube: Kube;
  readonly clock: Clock;
  /** The newest snapshot; null when the Deployment is gone. */
  observed(): ObservedWorkload | null;
  /** Proxies that count. */
  members(): readonly MemberView[];
  /** No other can lead for long enough. */
  mayWrite(): boolean;
  /** Publishes the entry with the phases now in force, under a new generation. */
  push(): void;
  /** Writes `/scale` and keeps the books of it. */
  patch(change: ScaleChange): Promise<ScaleOutcome>;
  /** Something moved: evaluate the workload again soon. */
  wake(): void;
  /** `patched`: the API took it. `abandoned`: nothing was removed, for this reason. `done`: no pod of it is closed any more. */
  told(event: 'patched' | 'abandoned' | 'done', reason: string): void;
}

/** A handshake that is under way is looked at again at least this often. */
export const HANDSHAKE_TICK_MS = 200;

/** A pod is in question while proxies may send to it. */
export function isPushed(pod: ObservedPod): boolean {
  return !pod.terminating && pod.address !== null && pod.port !== null;
}

export class ScaleDown {
  readonly #host: ScaleDownHost;
  readonly #costs: CostWriter;
  #state: HandshakeState = OPEN;
  /** UIDs of the pods that were pushed when it was last looked. */
  #pushed = new Set<string>();
  #memberIds = '';
  #cost = 0;
  /** ReplicaSets that may still remove pods for the patch sent. */
  #replicaSets = new Set<string>();
  #rereading = false;
  readonly #readingPods = new Set<string>();

  constructor(host: ScaleDownHost) {
    this.#host = host;
    this.#costs = new CostWriter(host);
  }

  get open(): boolean {
    return this.#state.step === 'open';
  }

  phaseOf(uid: string): 'armed' | 'closed' | null {
    return phaseOf(this.#state, uid);
  }

  /** A patch that may have been sent may remove it. */
  isLeaving(uid: string): boolean {
    const { step } = this.#state;
    return step !== 'open' && step !== 'armed' && step !== 'closed' && this.phaseOf(uid) === 'closed';
  }

  /** @param quietForMs how long ago an earlier leader can last have sent a patch; null = there was none */
  takeOver(observed: ObservedWorkload, words: readonly InheritedWord[], quietForMs: number | null): void {
    const uids = observed.pods.filter(isPushed).map((pod) => pod.uid);
    this.#state = takeOver(this.#host.clock.nowMs(), uids, words, quietForMs);
    this.#pushed = new Set(uids);
    this.#replicaSets.clear();
    this.#rememberReplicaSets();
    this.#costs.tidy(observed, (uid) => this.phaseOf(uid) !== null);
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
      const choice = this.#choose(observed, to, costs);
      if (choice.refused !== null) return;
      this.#cost = choice.cost;
      const chosen = new Set(choice.victims.map((pod) => pod.uid));
      victims = victims.filter((uid) => chosen.has(uid));
    }
    this.#pushed = new Set(pushed.map((pod) => pod.uid));
    this.#replicaSets.clear();
    this.#rememberReplicaSets();
    const kind = to === 0 ? 'zero' : 'shrink';
    const members = this.#members(kind);
    this.#memberIds = JSON.stringify(members);
    this.feed({ type: 'begin', plan: { kind, seen, to, victims, drainTimeoutMs, costs: costs && to > 0 }, members });
  }

  /** Takes in what the newest snapshot and the proxies show. Cheap when no handshake is under way. */
  look(observed: ObservedWorkload): void {
    if (this.open) {
      this.#costs.tidy(observed, () => false);
      return;
    }
    this.#rememberReplicaSets();
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

  /** The workload is Rouse's no more: nothing is armed or written for it from here on. */
  release(): void {
    const state = this.#state;
    if ((state.step === 'armed' || state.step === 'closed') && state.plan.kind === 'shrink' && state.plan.costs)
      this.#costs.remove(state.plan.victims);
    this.feed({ type: 'lease-lost' });
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
        void this.#costs.write(effect.uids, this.#cost).then((fault) => {
          if (fault !== null) this.feed({ type: 'costs-failed', message: fault });
        });
        break;
      case 'remove-costs':
        this.#costs.remove(effect.uids);
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
    if (stale || (testResourceVersion && isRollingOut(observed)))
      return this.feed({ type: 'patch-result', result: 'rejected' });
    const change = testResourceVersion ? { seen, to, resourceVersion: observed.resourceVersion } : { seen, to };
    const outcome = await this.#host.patch(change);
    const result = outcome.kind === 'applied' || outcome.kind === 'unknown' ? outcome.kind : 'rejected';
    if (result === 'applied') this.#host.told('patched', '');
    this.feed({ type: 'patch-result', result });
    this.#host.wake();
  }

  /** Asks the API itself: what we watch may be behind. One question at a time, however slow the answer. */
  async #reread(): Promise<void> {
    if (this.#rereading) return;
    this.#rereading = true;
    const askedMs = this.#host.clock.nowMs();
    const caughtUp = await haveCaughtUp(this.#host.kube, this.#host.key, [...this.#replicaSets]);
    this.#rereading = false;
    if (caughtUp !== null) this.feed({ type: 'caught-up', caughtUp, askedMs });
  }

  async #readPod(uid: string): Promise<void> {
    if (this.#readingPods.has(uid)) return;
    const pod = this.#host.observed()?.pods.find((each) => each.uid === uid);
    if (pod === undefined) return this.feed({ type: 'pod-gone', uid });
    this.#readingPods.add(uid);
    const askedMs = this.#host.clock.nowMs();
    const [namespace] = this.#host.key.split('/');
    const fate = await readPodFate(this.#host.kube, { namespace: namespace!, name: pod.name, uid });
    this.#readingPods.delete(uid);
    if (!fate.ok) return;
    this.feed({ type: 'pod-read', uid, askedMs, deleting: fate.value !== 'stays' });
    if (fate.value !== 'stays') this.feed({ type: 'pod-gone', uid });
  }

  #lookAtMembers(): void {
    if (this.#state.step === 'open') return;
    const members = this.#members(this.#state.plan.kind);
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
    const choice = this.#choose(observed, plan.to, false);
    const goes = new Set(choice.victims.map((pod) => pod.uid));
    if (choice.refused !== null || plan.victims.some((uid) => !goes.has(uid))) this.feed({ type: 'victims-changed' });
  }

  /** As many as the controller will take: those above `to` of the pods that are there, whatever `spec.replicas` says. */
  #choose(observed: ObservedWorkload, to: number, costs: boolean): ReturnType<typeof chooseVictims> {
    const candidates = observed.pods
      .filter((pod) => !pod.deleted && pod.podPhase !== 'Succeeded' && pod.podPhase !== 'Failed')
      .map(
        (pod): VictimCandidate => ({
          ...pod,
          deletionCost: pod.deletionCost?.value ?? 0,
          inFlight: this.#inFlight(pod.uid),
        }),
      );
    const count = Math.max(0, candidates.length - to);
    return chooseVictims(candidates, count, costs, this.#host.clock.wallMs());
  }

  #inFlight(uid: string): number {
    let sum = 0;
    for (const member of this.#host.members()) {
      sum += member.workload(this.#host.key)?.report.pods.find((pod) => pod.uid === uid)?.inFlight ?? 0;
    }
    return sum;
  }

  /** A proxy lost with its node holds up sleep for longer than the removal of some pods. */
  #members(kind: 'zero' | 'shrink'): readonly HandshakeMember[] {
    const asked = this.#host.members().filter((member) => kind === 'zero' || member.excuse === 'none');
    return asked.map((member) => ({ id: member.url, instance: member.instance }));
  }

  /** Also those of a rollout that began meanwhile; one that is at zero by now is only asked once more. */
  #rememberReplicaSets(): void {
    for (const set of this.#host.observed()?.replicaSets ?? []) this.#replicaSets.add(set.name);
  }
}

/** More than one ReplicaSet with pods, or a spec that the controllers have not taken up yet: only up, or to zero. */
export function isRollingOut(observed: ObservedWorkload): boolean {
  return observed.replicaSets.length > 1 || observed.observedGeneration < observed.generation;
}
