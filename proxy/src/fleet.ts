/** Every workload of the table, and what follows when a push or a probe changes one. */
import type { Clock, PodEntry, WorkloadEntry } from '@rouse/contract';
import { applyEntry, removePod } from './apply-entry.ts';
import { notePodUsable } from './cold-start.ts';
import type { PodConnections } from './http1/pool.ts';
import { Pod } from './pod.ts';
import type { ProxyPath } from './request-path.ts';
import { RouteTable } from './route-table.ts';
import { everyReadyPodUnreachable } from './unreachable.ts';
import { Workload } from './workload.ts';

/** So many removed workloads keep their counters, which are monotonic, in case they come back. */
const REMEMBERED = 1000;

export interface FleetOptions {
  readonly clock: Clock;
  readonly path: ProxyPath;
  /** Looks at a pod again after it changed. */
  readonly watch: (pod: Pod) => void;
  /** Tells the operator. */
  readonly urgent: (workload: Workload) => void;
  readonly connections: (address: string, port: number) => PodConnections;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly workloads = new Map<string, Workload>();
  readonly #departed = new Map<string, Workload>();
  /** A whole table has been applied: this proxy knows what it serves. */
  complete = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** The whole table: what is not in it leaves. */
  replace(entries: readonly WorkloadEntry[], epoch: number): void {
    const keys = new Set(entries.map((entry) => entry.key));
    let routesChanged = false;
    for (const workload of [...this.workloads.values()]) {
      if (!keys.has(workload.key)) {
        this.#depart(workload);
        routesChanged = true;
      }
    }
    const applied = entries.map((entry) => {
      if (this.#apply(entry, epoch)) routesChanged = true;
      return this.workloads.get(entry.key)!;
    });
    if (routesChanged || !this.complete) this.#swap();
    this.complete = true;
    for (const workload of applied) this.#options.path.settle(workload);
  }

  put(entry: WorkloadEntry, epoch: number): void {
    if (this.#apply(entry, epoch)) this.#swap();
    this.#options.path.settle(this.workloads.get(entry.key)!);
  }

  /** False when there is none of this key. */
  delete(key: string): boolean {
    const workload = this.workloads.get(key);
    if (workload === undefined) return false;
    this.#depart(workload);
    this.#swap();
    return true;
  }

  /** A probe of ours was answered. */
  podAnswered(pod: Pod): void {
    const { workload } = pod;
    pod.answered();
    const wasPodless = workload.podless;
    workload.refresh();
    workload.touch(pod);
    if (wasPodless && !workload.podless) notePodUsable(workload, this.#options.clock.nowMs());
    this.#options.urgent(workload);
    this.#options.path.settle(workload);
  }

  /** A probe of ours failed. */
  podSilent(pod: Pod): void {
    const { workload } = pod;
    const unreachable = everyReadyPodUnreachable(workload, this.#options.clock.nowMs());
    if (unreachable === workload.unreachable) return;
    workload.unreachable = unreachable;
    this.#options.urgent(workload);
    this.#options.path.settle(workload);
  }

  /** True when its routes changed. */
  #apply(entry: WorkloadEntry, epoch: number): boolean {
    const { clock, watch, urgent } = this.#options;
    const nowMs = clock.nowMs();
    const workload = this.workloads.get(entry.key) ?? this.#departed.get(entry.key) ?? new Workload(entry.key, nowMs);
    this.#departed.delete(entry.key);
    this.workloads.set(entry.key, workload);
    const before = [...workload.pods.values()];
    const applied = applyEntry(workload, entry, epoch, nowMs, (podEntry, owner) => this.#makePod(podEntry, owner));
    workload.unreachable = workload.unreachable && everyReadyPodUnreachable(workload, nowMs);
    for (const pod of new Set([...before, ...workload.pods.values()])) watch(pod);
    if (applied.news) urgent(workload);
    return applied.routesChanged;
  }

  #makePod(entry: PodEntry, workload: Workload): Pod {
    return new Pod(entry, workload, this.#options.connections(entry.address, entry.port));
  }

  #depart(workload: Workload): void {
    this.workloads.delete(workload.key);
    for (const pod of [...workload.pods.values()]) {
      removePod(workload, pod);
      this.#options.watch(pod);
    }
    workload.removed = true;
    workload.routes = [];
    workload.refresh();
    this.#departed.set(workload.key, workload);
    for (const [key, old] of this.#departed) {
      if (this.#departed.size <= REMEMBERED) break;
      if (old.demand === 0) this.#departed.delete(key);
    }
  }

  #swap(): void {
    this.#options.path.swap(new RouteTable(this.#claims()));
  }

  *#claims(): Generator<readonly [string, Workload]> {
    for (const workload of this.workloads.values()) {
      for (const route of workload.routes) yield [route, workload];
    }
  }
}
