/** For tests of the handshake: one leader, driving the real state machine over channels that are late and lossy. */
import type { PodPhase } from '@rouse/contract';
import { handshake, phaseOf } from './handshake.ts';
import {
  type HandshakeEffect,
  type HandshakeEvent,
  type HandshakePlan,
  type HandshakeState,
  OPEN,
} from './handshake-state.ts';
import { type Fault, ModelApi } from './model-api.ts';
import { ModelChannel, type ModelClock } from './model-clock.ts';
import type { ModelCluster, PodNews } from './model-cluster.ts';
import { ModelLine } from './model-line.ts';
import type { ModelProxy, ModelReport } from './model-proxy.ts';
import { takeOver } from './take-over.ts';

export class ModelOperator {
  readonly epoch: number;
  /** No longer runs: crashed, or another leads. What it has sent may still arrive. */
  stopped = false;
  state: HandshakeState = OPEN;
  readonly reasons: string[] = [];
  readonly #clock: ModelClock;
  readonly #cluster: ModelCluster;
  readonly #fault: Fault;
  readonly #api: ModelApi;
  readonly #lines: ModelLine[];
  readonly #pods = new Map<string, 'starting' | 'ready'>();
  readonly #inbox: (() => void)[] = [];
  readonly #unwatch: () => void;
  #generation = 0;
  #begun: boolean;
  #frozenUntilMs = 0;
  #raising = false;
  #costWritten = 0;
  readonly #costs = new Map<string, number>();
  readonly #costWrites: ModelChannel<{ readonly uid: string; readonly value: number }>;

  /** @param first of all leaders: nothing to take over */
  constructor(
    epoch: number,
    clock: ModelClock,
    cluster: ModelCluster,
    proxies: readonly ModelProxy[],
    fault: Fault,
    first: boolean,
  ) {
    this.epoch = epoch;
    this.#clock = clock;
    this.#cluster = cluster;
    this.#fault = fault;
    this.#api = new ModelApi(clock, cluster, fault, (event) => this.#answer(event));
    this.#begun = first;
    this.#lines = proxies.map((proxy) => new ModelLine(proxy, first));
    for (const pod of cluster.active) this.#pods.set(pod.uid, pod.readyMs <= clock.nowMs ? 'ready' : 'starting');
    this.#costWrites = new ModelChannel(clock, 1_500, ({ uid, value }) => {
      // A write of a process that died either came through at once or never does.
      if (!this.stopped) cluster.setCost(uid, value);
    });
    for (const pod of cluster.active) this.#costs.set(pod.uid, pod.costs.at(-1)?.value ?? 0);
    const watch = new ModelChannel<PodNews>(clock, 300, (news) => this.#inbox.push(() => this.#saw(news)));
    const watcher = (news: PodNews) => watch.send(news);
    cluster.watchers.add(watcher);
    this.#unwatch = () => cluster.watchers.delete(watcher);
    for (const line of this.#lines) {
      const stream = new ModelChannel<ModelReport>(clock, 250, (report) =>
        this.#inbox.push(() => this.#heard(line, report)),
      );
      line.proxy.reports.push((report) => {
        if (!this.stopped && clock.choose(20) !== 19) stream.send(report);
      });
    }
  }

  /** Its process stands still; what arrives meanwhile is handled afterwards. */
  freeze(forMs: number): void {
    if (this.#clock.nowMs >= this.#frozenUntilMs) this.#frozenUntilMs = this.#clock.nowMs + forMs;
  }

  stop(): void {
    this.stopped = true;
    this.#unwatch();
  }

  /** One turn: what arrived, time, the wish, and what is to be sent. */
  turn(maySleep: boolean): void {
    if (this.stopped || this.#clock.nowMs < this.#frozenUntilMs) return;
    for (const handle of this.#inbox.splice(0)) handle();
    if (!this.#begun) this.#takeOver();
    if (!this.#begun) return;
    this.#checkVictims();
    this.#feed({ type: 'tick' });
    this.#wish(maySleep);
    for (const line of this.#lines) this.#sendTo(line);
  }

  /** Would the controller, by the costs our watch shows, take another pod than the victim? */
  #checkVictims(): void {
    const { state } = this;
    if (
      (state.step !== 'armed' && state.step !== 'closed') ||
      state.plan.kind !== 'shrink' ||
      state.costs.allSeenMs === null
    )
      return;
    if (this.#fault === 'no-cost-settling') return;
    const { victims } = state.plan;
    const most = Math.max(...victims.map((uid) => this.#costs.get(uid) ?? 0));
    const others = [...this.#pods.keys()].filter((uid) => !victims.includes(uid));
    if (others.some((uid) => (this.#costs.get(uid) ?? 0) <= most)) this.#feed({ type: 'victims-changed' });
  }

  /** A new leader pushes nothing before it knows what every proxy holds closed. */
  #takeOver(): void {
    const reports = this.#lines.map((line) => line.report);
    if (reports.some((report) => report === null)) {
      for (const line of this.#lines) if (line.report === null) line.proxy.report();
      return;
    }
    this.#begun = true;
    const words = reports.map((report) => ({ hasTable: report!.generation >= 0, pods: report!.pods }));
    if (this.#fault !== 'no-takeover') this.state = takeOver(this.#clock.nowMs, [...this.#pods.keys()], words, 0);
    // Costs that an earlier leader left behind: on pods that are no victims any more.
    for (const [uid, value] of this.#costs)
      if (value !== 0 && phaseOf(this.state, uid) === null) this.#costWrites.send({ uid, value: 0 });
    this.#push();
  }

  #heard(line: ModelLine, report: ModelReport): void {
    const known = line.report;
    line.report = report;
    if (known !== null && known.instance !== report.instance) {
      line.dirty = true;
      this.#feed({ type: 'members', members: this.#members() });
    }
    if (report.generation < 0) line.dirty = true;
    if (!this.#begun) return;
    const pods = this.#fault === 'ignores-requests' ? report.pods.map((pod) => ({ ...pod, inFlight: 0 })) : report.pods;
    const generation = report.epoch === this.epoch || this.#fault === 'any-generation' ? report.generation : -1;
    this.#feed({
      type: 'report',
      member: report.proxy,
      instance: report.instance,
      generation: this.#fault === 'any-generation' ? this.#generation : generation,
      held: report.held,
      pods: this.#fault === 'any-generation' ? this.#asWished(pods) : pods,
    });
  }

  /** The fault of taking any word for the newest: phases are not looked at. */
  #asWished(pods: ModelReport['pods']): ModelReport['pods'] {
    return pods.map((pod) => ({ ...pod, revoked: false, phase: phaseOf(this.state, pod.uid) ?? pod.phase }));
  }

  #saw(news: PodNews): void {
    if (news.type === 'cost') {
      this.#costs.set(news.uid, news.value);
      if (news.value === this.#costWritten && this.#fault !== 'no-cost-settling')
        this.#feed({ type: 'costs-seen', uids: [news.uid] });
      return;
    }
    if (news.type === 'gone') this.#pods.delete(news.uid);
    else this.#pods.set(news.uid, news.type === 'ready' ? 'ready' : 'starting');
    if (news.type === 'appeared') this.#feed({ type: 'pod-appeared', uid: news.uid });
    if (news.type === 'gone') this.#feed({ type: 'pod-gone', uid: news.uid });
    this.#push();
  }

  #feed(event: HandshakeEvent): void {
    const waiting = this.state.step === 'after' ? this.state.pods.waiting : new Set<string>();
    const { state, effects } = handshake(this.state, event, this.#clock.nowMs);
    this.state = state;
    if (event.type === 'pod-read' && waiting.has(event.uid) && phaseOf(state, event.uid) === null)
      this.#opened(event.uid);
    for (const effect of effects) this.#perform(effect);
  }

  /** A pod is open again after a patch that may have been sent. */
  #opened(uid: string): void {
    const pod = this.#cluster.pods.get(uid);
    if (pod === undefined || pod.deletingMs !== null)
      this.#cluster.violations.push(`${this.#clock.nowMs}: ${uid} was opened while being deleted`);
  }

  #perform(effect: HandshakeEffect): void {
    switch (effect.type) {
      case 'push':
        this.#push();
        return;
      case 'write-costs':
      case 'remove-costs': {
        // Below every sibling's, as our watch shows them.
        if (effect.type === 'write-costs') this.#costWritten = Math.min(0, ...this.#costs.values()) - 1;
        const value = effect.type === 'write-costs' ? this.#costWritten : 0;
        for (const uid of effect.uids) this.#costWrites.send({ uid, value });
        if (this.#fault === 'no-cost-settling') this.#answer({ type: 'costs-seen', uids: effect.uids });
        return;
      }
      case 'patch':
        this.#api.patch(effect.seen, effect.to);
        return;
      case 'reread':
        this.#api.reread();
        return;
      case 'read-pods':
        this.#api.readPods(effect.uids);
        return;
      case 'abandoned':
        this.reasons.push(effect.reason);
        return;
      case 'done':
        this.reasons.push('done');
    }
  }

  #answer(event: HandshakeEvent): void {
    this.#inbox.push(() => this.#feed(event));
  }

  /** Demand raises at once; without any it sleeps or shrinks when the dice say so. */
  #wish(maySleep: boolean): void {
    const held = this.#lines.reduce((sum, line) => sum + (line.report?.held ?? 0), 0);
    const busy = this.#lines.reduce((sum, line) => sum + (line.report?.inFlight ?? 0), 0);
    if (held > 0) {
      this.#feed({ type: 'arrival' });
      this.#raise();
    } else if (maySleep && this.state.step === 'open' && this.#pods.size > 0) {
      const ready = [...this.#pods].filter(([, phase]) => phase === 'ready').map(([uid]) => uid);
      const dice = this.#clock.choose(8);
      if (dice === 1 && busy === 0)
        this.#begin({ kind: 'zero', seen: this.#cluster.replicas, to: 0, victims: [...this.#pods.keys()] });
      else if (dice === 2 && ready.length > 1 && ready.length === this.#pods.size && this.#cluster.caughtUp) {
        this.#begin({
          kind: 'shrink',
          seen: this.#cluster.replicas,
          to: this.#cluster.replicas - 1,
          victims: [ready[0]!],
        });
      }
    }
  }

  #begin(plan: Pick<HandshakePlan, 'kind' | 'seen' | 'to' | 'victims'>): void {
    this.#feed({ type: 'begin', plan: { ...plan, drainTimeoutMs: 600_000, costs: true }, members: this.#members() });
  }

  #raise(): void {
    if (this.#raising || this.#cluster.replicas > 0) return;
    this.#raising = true;
    const { nowMs } = this.#clock;
    this.#feed({ type: 'caught-up', caughtUp: false, askedMs: nowMs });
    this.#clock.after(this.#clock.choose(100), () => {
      this.#cluster.patch(0, 1 + this.#clock.choose(3));
      this.#raising = false;
    });
  }

  #members() {
    return this.#lines.map((line) => ({ id: line.proxy.id, instance: line.report?.instance ?? null }));
  }

  #push(): void {
    this.#generation += 1;
    for (const line of this.#lines) line.dirty = true;
  }

  #table(): ReadonlyMap<string, PodPhase> {
    const opens = this.#fault === 'opens-after-patch' && this.state.step === 'after';
    return new Map([...this.#pods].map(([uid, phase]) => [uid, opens ? phase : (phaseOf(this.state, uid) ?? phase)]));
  }

  #sendTo(line: ModelLine): void {
    const { nowMs } = this.#clock;
    const generation = this.#generation;
    line.send(this.#clock, { epoch: this.epoch, generation }, this.#table(), () => {
      if (this.state.step !== 'armed' && this.state.step !== 'closed') return;
      const sentAtMs = this.#fault === 'stale-words' ? Number.MAX_SAFE_INTEGER : nowMs;
      this.#feed({ type: 'pushed', member: line.proxy.id, generation, phase: this.state.step, sentAtMs });
    });
  }
}
