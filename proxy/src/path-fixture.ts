/** For tests of the request path: everything but sockets, with a clock that stands still and exchanges that record. */
import type { PodEntry, Report, WorkloadEntry } from '@rouse/contract';
import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { Exchange, type Outcome } from './exchange.ts';
import { Fencing } from './fencing.ts';
import { Fleet } from './fleet.ts';
import { createHttp1Engine } from './http1/engine.ts';
import { PodConnections } from './http1/pool.ts';
import type { Transport } from './http1/transport.ts';
import { LeaderWatch } from './leader-watch.ts';
import type { Pod } from './pod.ts';
import type { ProbeTarget } from './probe-attempt.ts';
import { Prober } from './prober.ts';
import { Reports } from './reports.ts';
import { ProxyPath } from './request-path.ts';
import { RouteTable } from './route-table.ts';
import type { WaitingRoomLimits } from './waiting-room.ts';

/** Records what the path does with it; the test plays the engine. */
export class RecordedExchange extends Exchange {
  readonly #path: ProxyPath;
  readonly fields = new Map<string, string>();
  /** What happened, e.g. `hold`, `send:pod-1`, `refuse:queue-full`. */
  readonly log: string[] = [];
  body = '';

  constructor(path: ProxyPath) {
    super();
    this.#path = path;
  }

  override field(name: string): string | undefined {
    return this.fields.get(name);
  }
  override hold(): void {
    this.log.push('hold');
  }
  override send(pod: Pod): void {
    if (pod.phase === 'closed' || pod.removed) throw new Error(`a request was sent to ${pod.uid}, which is going`);
    this.log.push(`send:${pod.uid}`);
  }
  override refuse(code: string): void {
    this.failureCode = code;
    this.log.push(`refuse:${code}`);
    this.#path.ended(this, 'refused');
  }
  override reply(status: number, _type: string, body: string): void {
    this.log.push(`reply:${status}`);
    this.body = body;
    this.#path.ended(this, 'refused');
  }
  override abort(): void {
    this.log.push('abort');
    this.#path.ended(this, 'client-gone');
  }

  get last(): string {
    return this.log.at(-1) ?? '';
  }
  /** Uid of the pod it was last sent to. */
  get at(): string {
    return this.last.startsWith('send:') ? this.last.slice(5) : '';
  }
  end(outcome: Outcome = 'answered'): void {
    this.#path.ended(this, outcome);
  }
}

export interface PathFixture {
  readonly clock: ManualClock;
  readonly path: ProxyPath;
  readonly fleet: Fleet;
  readonly reports: Reports;
  readonly prober: Prober;
  readonly fencing: Fencing;
  readonly leader: LeaderWatch;
  /** Probe attempts under way; settled by calling them. */
  readonly attempts: { readonly target: ProbeTarget; connected(): void; done(ok: boolean): void; cancelled: boolean }[];
  /** Runs what was put off to the next turn, until nothing is left. */
  turn(): void;
  arrive(host: string, change?: (exchange: RecordedExchange) => void): RecordedExchange;
  /** Opens a report stream; the list fills. */
  listen(): Report[];
}

let generation = 1;

export function pod(uid: string, change: Partial<PodEntry> = {}): PodEntry {
  return { uid, name: uid, address: '10.0.0.1', port: 8080, phase: 'ready', probe: null, ...change };
}

type EntryChange = Partial<Omit<WorkloadEntry, 'limits'>> & { limits?: Partial<WorkloadEntry['limits']> };

/** Each has a generation of its own, higher than any before. */
export function entry(name: string, pods: readonly PodEntry[], change: EntryChange = {}): WorkloadEntry {
  const { limits, ...rest } = change;
  return {
    key: `default/${name}`,
    generation: generation++,
    routes: [name],
    limits: {
      containerConcurrency: 0,
      wakeTimeoutMs: 300_000,
      responseTimeoutMs: 300_000,
      requestTimeoutMs: 0,
      idleTimeoutMs: 0,
      queueLimit: 10_000,
      drainTimeoutMs: 300_000,
      ...limits,
    },
    quiet: [],
    quietStatus: 503,
    waitingPage: false,
    alarm: null,
    state: 'asleep',
    blocked: null,
    pods,
    ...rest,
  };
}

export function pathFixture(room: Partial<WaitingRoomLimits> = {}): PathFixture {
  const clock = manualClock();
  // Zero stands for "never" in several slots, as no process serves in its first millisecond.
  clock.advance(1000);
  const turns: (() => void)[] = [];
  const defer = (run: () => void) => void turns.push(run);
  const attempts: PathFixture['attempts'] = [];
  const transport = { name: 'data' } as unknown as Transport;
  const engine = createHttp1Engine({ clock, transport });
  const fencing = new Fencing(clock);
  const reports = new Reports({
    clock,
    instance: 'test',
    workloads: () => fleet.workloads.values(),
    applied: () => fencing.applied,
    defer,
  });
  const prober = new Prober({
    clock,
    connectTimeoutMs: 500,
    attempt(target, connected, done) {
      const attempt = { target, connected, done, cancelled: false };
      attempts.push(attempt);
      return () => {
        attempt.cancelled = true;
      };
    },
    mayDial: (candidate) => !path.stale || candidate.connections.open > 0,
    answered: (candidate) => fleet.podAnswered(candidate),
    silent: (candidate) => fleet.podSilent(candidate),
  });
  const path = new ProxyPath({
    clock,
    table: new RouteTable([]),
    listener: {
      urgent: (workload) => reports.urgent(workload),
      soon: (workload) => reports.soon(workload),
      waits: (workload) => prober.hurry(workload),
      suspect: (candidate) => prober.watch(candidate),
    },
    waitingRoom: {
      totalBytes: Number.MAX_SAFE_INTEGER,
      workloadBytes: Number.MAX_SAFE_INTEGER,
      totalRequests: Number.POSITIVE_INFINITY,
      sharePercent: 100,
      ...room,
    },
    defer,
  });
  const fleet = new Fleet({
    clock,
    path,
    watch: (candidate) => prober.watch(candidate),
    urgent: (workload) => reports.urgent(workload),
    connections: (address, port) => new PodConnections(address, port, engine),
  });
  const leader = new LeaderWatch({ clock, fencing, fleet, prober, path, staleAfterMs: 60_000 });
  return {
    clock,
    path,
    fleet,
    reports,
    prober,
    fencing,
    leader,
    attempts,
    turn() {
      for (let run = turns.shift(); run !== undefined; run = turns.shift()) run();
    },
    arrive(host, change) {
      const exchange = new RecordedExchange(path);
      exchange.method = 'GET';
      exchange.host = host;
      exchange.path = '/';
      exchange.arrivedMs = clock.nowMs();
      change?.(exchange);
      path.arrive(exchange);
      return exchange;
    },
    listen() {
      const list: Report[] = [];
      reports.open((report) => {
        list.push(structuredClone(report));
        return true;
      });
      return list;
    },
  };
}
