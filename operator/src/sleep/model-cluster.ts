/** For tests of the handshake: a Deployment, its ReplicaSet controller and its pods, which remember when requests were sent to them. */
import type { ModelClock } from './model-clock.ts';

export interface ModelPod {
  readonly uid: string;
  readonly readyMs: number;
  deletingMs: number | null;
  /** Newest last. */
  costs: { readonly value: number; readonly sinceMs: number }[];
  lastSentMs: number;
  /** Requests on it now, over all proxies. */
  inFlight: number;
}

export type PodNews =
  | { readonly type: 'appeared' | 'ready' | 'gone'; readonly uid: string }
  | { readonly type: 'cost'; readonly uid: string; readonly value: number };

/** The cache of the ReplicaSet controller may be this old. */
const CONTROLLER_CACHE_MS = 900;

export class ModelCluster {
  replicas: number;
  generation = 1;
  observedGeneration = 1;
  readonly pods = new Map<string, ModelPod>();
  readonly violations: string[] = [];
  readonly watchers = new Set<(news: PodNews) => void>();
  readonly #clock: ModelClock;
  #named = 0;
  /** When the newest patch that lowered replicas was applied. */
  #loweredMs = Number.POSITIVE_INFINITY;

  constructor(clock: ModelClock, replicas: number) {
    this.#clock = clock;
    this.replicas = replicas;
    for (let count = 0; count < replicas; count++) this.#create(0);
  }

  get active(): readonly ModelPod[] {
    return [...this.pods.values()].filter((pod) => pod.deletingMs === null);
  }

  get caughtUp(): boolean {
    return this.observedGeneration === this.generation && this.active.length === this.replicas;
  }

  /** A patch of `/scale` with a test; false: it was refused. */
  patch(seen: number, to: number): boolean {
    if (this.replicas !== seen) return false;
    if (to < this.replicas) this.#loweredMs = this.#clock.nowMs;
    this.replicas = to;
    this.generation += 1;
    const { generation } = this;
    this.#clock.after(this.#clock.choose(1_500), () => this.#reconcile(generation));
    return true;
  }

  setCost(uid: string, value: number): void {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    pod.costs.push({ value, sinceMs: this.#clock.nowMs });
    this.#tell({ type: 'cost', uid, value });
  }

  /** A proxy sends a request. */
  sent(uid: string): void {
    const pod = this.pods.get(uid);
    if (pod === undefined || pod.deletingMs !== null) {
      this.violations.push(`${this.#clock.nowMs}: a request was sent to ${uid}, which is being deleted`);
      return;
    }
    pod.lastSentMs = this.#clock.nowMs;
    pod.inFlight += 1;
  }

  #reconcile(generation: number): void {
    const excess = this.active.length - this.replicas;
    const lagMs = this.#clock.choose(CONTROLLER_CACHE_MS);
    const cost = ({ costs }: ModelPod) =>
      costs.findLast(({ sinceMs }) => this.#clock.nowMs - sinceMs >= lagMs)?.value ?? 0;
    const order = [...this.active].sort(
      (a, b) =>
        Number(a.readyMs <= this.#clock.nowMs) - Number(b.readyMs <= this.#clock.nowMs) ||
        cost(a) - cost(b) ||
        (a.uid < b.uid ? 1 : -1),
    );
    for (const pod of order.slice(0, Math.max(0, excess))) this.#remove(pod);
    for (let missing = excess; missing < 0; missing++) this.#create(300 + this.#clock.choose(1_500));
    this.#clock.after(this.#clock.choose(300), () => {
      this.observedGeneration = Math.max(this.observedGeneration, generation);
    });
  }

  #remove(pod: ModelPod): void {
    pod.deletingMs = this.#clock.nowMs;
    if (pod.lastSentMs >= this.#loweredMs)
      this.violations.push(
        `${pod.lastSentMs}: ${pod.uid} got a request after its removal was applied at ${this.#loweredMs}`,
      );
    if (pod.inFlight > 0)
      this.violations.push(`${this.#clock.nowMs}: ${pod.uid} was removed with ${pod.inFlight} requests`);
    this.#tell({ type: 'gone', uid: pod.uid });
    this.#clock.after(1_000, () => this.pods.delete(pod.uid));
  }

  #create(readyInMs: number): void {
    const uid = `pod-${++this.#named}`;
    const readyMs = this.#clock.nowMs + readyInMs;
    this.pods.set(uid, { uid, readyMs, deletingMs: null, costs: [], lastSentMs: -1, inFlight: 0 });
    this.#tell({ type: 'appeared', uid });
    this.#clock.at(readyMs, () => {
      if (this.pods.get(uid)?.deletingMs === null) this.#tell({ type: 'ready', uid });
    });
  }

  #tell(news: PodNews): void {
    for (const watcher of this.watchers) watcher(news);
  }
}
