/** What API and page are told: the newest status of every workload, its changes, and the transitions. */
import type { ApiEvent, Clock, DecisionRecord, Transition, WorkloadKey, WorkloadStatus } from '@rouse/contract';
import type { StatusSource, WakeResult } from '../api/status-source.ts';
import type { Controller } from './controller.ts';
import { TransitionLog } from './transition-log.ts';
import type { WorkloadController } from './workload-controller.ts';

/** Figures that move all the time are told at most this often. */
const FIGURES_EVERY_MS = 1_000;
const KEPT_TRANSITIONS = 200;

export class StatusBoard implements StatusSource {
  readonly #clock: Clock;
  readonly #controller: () => Controller;
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  readonly #told = new Map<WorkloadKey, { readonly standing: string; readonly atMs: number }>();
  readonly #later = new Map<WorkloadKey, () => void>();
  readonly #transitions = new TransitionLog(KEPT_TRANSITIONS);

  constructor(clock: Clock, controller: () => Controller) {
    this.#clock = clock;
    this.#controller = controller;
  }

  workloads(): readonly WorkloadStatus[] {
    return this.#controller()
      .keys()
      .map((key) => this.#controller().get(key)!.status());
  }

  workload(key: WorkloadKey): WorkloadStatus | undefined {
    return this.#controller().get(key)?.status();
  }

  decisions(key: WorkloadKey): readonly DecisionRecord[] | undefined {
    return this.#controller().get(key)?.decisions();
  }

  transitions(): readonly Transition[] {
    return this.#transitions.list();
  }

  async wake(key: WorkloadKey): Promise<WakeResult> {
    const workload = this.#controller().get(key);
    return workload?.wakeByHand() ?? { ok: false, reason: 'unavailable', message: 'It is gone.' };
  }

  subscribe(listener: (event: ApiEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  transition(transition: Transition): void {
    this.#transitions.add(transition);
    this.#tell({ type: 'transition', transition });
  }

  /** At once when its standing changed, else within a second. */
  changed(key: WorkloadKey, workload: WorkloadController | undefined): void {
    if (workload === undefined) {
      this.#forget(key);
      const [namespace = '', name = ''] = key.split('/');
      this.#tell({ type: 'removed', namespace, name });
      return;
    }
    if (this.#listeners.size === 0) return;
    const status = workload.status();
    const told = this.#told.get(key);
    const waitMs = told === undefined ? 0 : told.atMs + FIGURES_EVERY_MS - this.#clock.nowMs();
    if (told?.standing !== standingOf(status) || waitMs <= 0) this.#tellWorkload(key, status);
    else if (!this.#later.has(key)) {
      const cancel = this.#clock.after(waitMs, () => {
        this.#later.delete(key);
        const newest = this.workload(key);
        if (newest !== undefined) this.#tellWorkload(key, newest);
      });
      this.#later.set(key, cancel);
    }
  }

  /** No event comes after it. */
  close(): void {
    this.#listeners.clear();
    for (const cancel of this.#later.values()) cancel();
    this.#later.clear();
  }

  #tellWorkload(key: WorkloadKey, workload: WorkloadStatus): void {
    this.#forget(key);
    this.#told.set(key, { standing: standingOf(workload), atMs: this.#clock.nowMs() });
    this.#tell({ type: 'workload', workload });
  }

  #forget(key: WorkloadKey): void {
    this.#told.delete(key);
    this.#later.get(key)?.();
    this.#later.delete(key);
  }

  #tell(event: ApiEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** What a person would call a change; the rest are figures. */
function standingOf(status: WorkloadStatus): string {
  const { state, unmanaged, desired, replicas, ready, held, blocked, problems, lastDecision } = status;
  return JSON.stringify([
    state,
    unmanaged,
    desired,
    replicas,
    ready,
    held > 0,
    blocked?.code,
    problems.length,
    lastDecision?.at,
  ]);
}
