/** Everything between the control API and the engine, put together; nothing listens yet. */
import type { Clock, ProxyFlagValues } from '@rouse/contract';
import type { ControlCounts } from './control-api.ts';
import { Fencing } from './fencing.ts';
import { Fleet } from './fleet.ts';
import { mostClients } from './http1/descriptor-limit.ts';
import { createHttp1Engine, type Http1Engine } from './http1/engine.ts';
import { PodConnections } from './http1/pool.ts';
import type { Transport } from './http1/transport.ts';
import { http1Limits } from './http1-limits.ts';
import { LeaderWatch } from './leader-watch.ts';
import { attemptProbe } from './probe-attempt.ts';
import { Prober } from './prober.ts';
import { Reports } from './reports.ts';
import { ProxyPath } from './request-path.ts';
import { RouteTable } from './route-table.ts';

export interface DataPlane {
  readonly instance: string;
  readonly engine: Http1Engine;
  readonly path: ProxyPath;
  readonly fleet: Fleet;
  readonly prober: Prober;
  readonly reports: Reports;
  readonly fencing: Fencing;
  readonly leader: LeaderWatch;
  readonly control: ControlCounts;
  /** Stops every timer and probe. */
  close(): void;
}

function defer(run: () => void): void {
  setImmediate(run);
}

/** @param instance new per process start */
export function createDataPlane(
  flags: ProxyFlagValues,
  transport: Transport,
  clock: Clock,
  instance: string,
): DataPlane {
  const engine = createHttp1Engine({ clock, transport, limits: http1Limits(flags), id: instance });
  const fencing = new Fencing(clock);
  const reports = new Reports({
    clock,
    instance,
    workloads: () => fleet.workloads.values(),
    applied: () => fencing.applied,
    defer,
  });
  const prober = new Prober({
    clock,
    connectTimeoutMs: flags.connectTimeout,
    attempt: attemptProbe,
    mayDial: (pod) => !path.stale || pod.connections.open > 0,
    answered: (pod) => fleet.podAnswered(pod),
    silent: (pod) => fleet.podSilent(pod),
  });
  const path = new ProxyPath({
    clock,
    table: new RouteTable([]),
    listener: {
      urgent: (workload) => reports.urgent(workload),
      soon: (workload) => reports.soon(workload),
      waits: (workload) => prober.hurry(workload),
      suspect: (pod) => prober.watch(pod),
    },
    waitingRoom: {
      workloadBytes: flags.heldBytesPerWorkload,
      totalBytes: flags.heldBytes,
      totalRequests: flags.heldRequests ?? mostClients(flags.maxConnections),
      sharePercent: flags.heldShare,
    },
    defer,
  });
  const fleet = new Fleet({
    clock,
    path,
    watch: (pod) => prober.watch(pod),
    urgent: (workload) => reports.urgent(workload),
    connections: (address, port) => new PodConnections(address, port, engine),
  });
  const leader = new LeaderWatch({ clock, fencing, fleet, prober, path, staleAfterMs: flags.staleAfter });
  return {
    instance,
    engine,
    path,
    fleet,
    prober,
    reports,
    fencing,
    leader,
    control: { fence: 0, token: 0, body: 0 },
    close() {
      leader.close();
      reports.close();
      prober.close();
      engine.wheel.stop();
    },
  };
}
