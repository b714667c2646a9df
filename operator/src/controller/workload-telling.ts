/** What is told of one workload: transitions with their cold start, Events, and the figures that are counted. */
import type { Clock, DecisionRecord, Transition, WorkloadReport } from '@rouse/contract';
import type { Decision } from '../autoscale/scaler.ts';
import type { EventRecorder } from '../cluster/events.ts';
import type { ForeignWrite, ObservedWorkload } from '../cluster/observed-workload.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';
import { REVOKED } from '../sleep/handshake.ts';
import { decisionMessage, shortWhy } from './scale-telling.ts';
import { WakeStory } from './wake-story.ts';
import { count, noCounts, patchResult } from './workload-counts.ts';
import { WorkloadNews } from './workload-news.ts';

export interface TellingHost {
  readonly clock: Clock;
  readonly events: EventRecorder;
  onTransition(transition: Transition): void;
  /** The first write of a wake was accepted so long after its first report. */
  onWakePatched(ms: number): void;
}

export class WorkloadTelling {
  readonly counts = noCounts();
  /** Newest record that moved the count. */
  lastRecord: DecisionRecord | null = null;
  readonly #host: TellingHost;
  readonly #story = new WakeStory();
  readonly #news: WorkloadNews;

  constructor(host: TellingHost) {
    this.#host = host;
    this.#news = new WorkloadNews(host.events);
  }

  reported(observed: ObservedWorkload, report: WorkloadReport, replicas: number): void {
    const { clock } = this.#host;
    this.#story.reported(clock.nowMs(), report, replicas);
    this.#transition(this.#story.finished(clock.wallMs(), observed, report, replicas));
  }

  observed(observed: ObservedWorkload): void {
    this.#story.observed(this.#host.clock.nowMs(), observed);
  }

  /** What stands in its way; the leader's word alone. */
  news(observed: ObservedWorkload, managed: boolean): void {
    this.#news.look(observed, managed);
  }

  decided(observed: ObservedWorkload, replicas: number, decision: Decision, usable: boolean): void {
    const { clock } = this.#host;
    if (decision.changed) {
      this.lastRecord = decision.record;
      count(this.counts.decisions, decision.record.cause);
    }
    const unwanted = usable && decision.inFlight + decision.held === 0;
    this.#transition(this.#story.lapsed(clock.nowMs(), clock.wallMs(), observed, replicas, unwanted));
  }

  /** @param record the decision it was written for */
  written(
    observed: ObservedWorkload,
    { seen, to }: ScaleChange,
    outcome: ScaleOutcome,
    record: DecisionRecord | null,
  ): void {
    const { events, clock } = this.#host;
    count(this.counts.patches, patchResult(outcome));
    if (outcome.kind === 'failed' && outcome.failure.status > 0) {
      const message = `Not scaled from ${seen} to ${to}: ${outcome.failure.message}`;
      events.record(observed, 'Warning', 'RouseScaleFailed', message);
    }
    if (outcome.kind !== 'applied' || record === null) return;
    const wakeMs = to > 0 ? this.#story.patched(clock.nowMs()) : null;
    if (wakeMs !== null) this.#host.onWakePatched(wakeMs);
    events.record(observed, 'Normal', 'RouseScaled', decisionMessage(record, seen, to));
    // Part of a wake: told as a whole when its first byte is there.
    if (!(this.#story.open && to > seen)) this.#changed(observed, seen, to, shortWhy(record, to));
  }

  foreign(observed: ObservedWorkload, { from, to, manager }: ForeignWrite): void {
    this.counts.foreignWrites++;
    this.#changed(observed, from, to, `written by ${manager}`);
  }

  handshake(event: 'patched' | 'abandoned', reason: string): void {
    const called = reason === REVOKED ? 'revoked' : 'aborted';
    count(this.counts.handshakes, event === 'patched' ? 'patched' : called);
  }

  #changed({ namespace, name }: ObservedWorkload, from: number, to: number, why: string): void {
    if (from === to) return;
    const at = new Date(this.#host.clock.wallMs()).toISOString();
    this.#transition({ at, namespace, name, from, to, coldStart: null, why });
    if (to === 0) this.#story.abandon();
  }

  #transition(transition: Transition | null): void {
    if (transition !== null) this.#host.onTransition(transition);
  }
}
