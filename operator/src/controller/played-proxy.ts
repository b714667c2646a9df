/** For tests: a proxy whose requests are played; it applies what it is sent and reports it at once, as the real one does. */
import type { PodReport, WorkloadEntry, WorkloadReport, WorkloadTable } from '@rouse/contract';
import { FakeProxy } from '../members/fake-proxy.ts';

/** The one workload of the fixture. */
export const KEY = 'default/web';

export class PlayedProxy extends FakeProxy {
  /** Requests of the workload here, as the next report tells them. */
  demand: Partial<WorkloadReport> = {};
  /** Requests per pod. */
  readonly onPod = new Map<string, number>();
  readonly revoked = new Set<string>();
  /** False: takes what it is sent, and says nothing. */
  answers = true;
  entry: WorkloadEntry | null = null;
  #read = 0;

  /** Takes in what came since the last time. @returns true when there was anything */
  apply(): boolean {
    const news = this.received.slice(this.#read);
    this.#read = this.received.length;
    for (const { method, path, body } of news) {
      if (path === '/v1/workloads')
        this.entry = (JSON.parse(body) as WorkloadTable).workloads.find((each) => each.key === KEY) ?? null;
      else if (path.endsWith('/default/web'))
        this.entry = method === 'PUT' ? (JSON.parse(body) as WorkloadEntry) : null;
    }
    return news.some(({ path }) => path !== '/v1/leader');
  }

  tell(more: Partial<WorkloadReport> = {}, beat = false): void {
    if (!this.answers) return;
    this.demand = { ...this.demand, ...more };
    const { wake, coldStart, ...standing } = this.demand;
    const pods: PodReport[] = (this.entry?.pods ?? []).map(({ uid, phase }) => ({
      uid,
      phase: this.revoked.has(uid) ? 'ready' : phase,
      inFlight: this.onPod.get(uid) ?? 0,
      revoked: this.revoked.has(uid),
      usable: phase === 'ready',
    }));
    const nothing = pods.every((pod) => pod.phase === 'ready' && pod.inFlight === 0) && !hasNews(this.demand);
    const report: WorkloadReport = {
      key: KEY,
      generation: this.entry?.generation ?? 0,
      concurrency: (this.demand.inFlight ?? 0) + (this.demand.held ?? 0),
      inFlight: 0,
      held: 0,
      arrivals: 0,
      completions: 0,
      idleMs: null,
      ...this.demand,
      pods,
    };
    const said = nothing ? [] : [report];
    const { instance, applied } = this;
    this.write(`data: ${JSON.stringify({ instance, applied, periodMs: 1000, beat, workloads: said })}\n\n`);
    this.demand = standing;
  }
}

function hasNews(demand: Partial<WorkloadReport>): boolean {
  return Object.values(demand).some((value) => value !== 0 && value !== null);
}
