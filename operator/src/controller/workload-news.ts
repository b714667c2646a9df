/** Tells people by Kubernetes Events what stands in a workload's way: each fault once, when it comes up. */
import { formatProblem } from '@rouse/contract';
import type { EventRecorder } from '../cluster/events.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import { conflictLine, hpaLine } from './workload-status.ts';

interface News {
  /** The same fault has the same, however its words change. */
  readonly id: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export class WorkloadNews {
  readonly #events: EventRecorder;
  #looked: ObservedWorkload | null = null;
  #lookedManaged = false;
  /** What stands now, and was told. */
  #told = new Set<string>();

  constructor(events: EventRecorder) {
    this.#events = events;
  }

  /** @param managed Rouse decides its replicas */
  look(observed: ObservedWorkload, managed: boolean): void {
    if (this.#looked === observed && this.#lookedManaged === managed) return;
    this.#looked = observed;
    this.#lookedManaged = managed;
    const standing = new Set<string>();
    for (const news of newsOf(observed, managed)) {
      standing.add(news.id);
      if (!this.#told.has(news.id)) this.#events.record(observed, news.type, news.reason, news.message);
    }
    this.#told = standing;
  }
}

function newsOf(observed: ObservedWorkload, managed: boolean): readonly News[] {
  const { problems, conflict, hpa, blocked, mode, modeReason } = observed;
  const news: News[] = [];
  const tell = (type: News['type'], reason: string, message: string, id = message): void => {
    news.push({ id: `${reason} ${id}`, type, reason, message });
  };
  for (const problem of problems)
    tell(problem.severity === 'error' ? 'Warning' : 'Normal', 'RouseConfiguration', formatProblem(problem));
  if (conflict !== null) tell('Warning', 'RouseConflict', conflictLine(conflict), conflict.manager);
  if (hpa !== null && managed) tell('Warning', 'RouseConflict', hpaLine(hpa));
  if (blocked !== null)
    tell('Warning', 'RouseBlocked', `No pod can start (${blocked.code}): ${blocked.message}`, blocked.code);
  if (!managed && modeReason !== null)
    tell('Normal', mode === 'unrouted' ? 'RouseUnrouted' : 'RouseLeftAlone', `Not scaled: ${modeReason}.`);
  return news;
}
