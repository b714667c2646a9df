/** A pod as this proxy sees it: address, phase in force, whether it may be used, its requests and its connections. */
import type { PodEntry, PodPhase, Probe } from '@rouse/contract';
import type { PodConnections } from './http1/pool.ts';
import type { Workload } from './workload.ts';

/** Lives as long as its uid stands in the table, and longer while it finishes requests. A change of address or port makes a new one. */
export class Pod {
  readonly uid: string;
  readonly name: string;
  /** IP literal. */
  readonly address: string;
  readonly port: number;
  readonly workload: Workload;
  readonly connections: PodConnections;

  /** In force here; differs from what was pushed after a revoked arming or an expired closing. */
  phase: PodPhase = 'starting';
  pushedPhase: PodPhase = 'starting';
  probe: Probe | null = null;
  /** The API said Ready and asked for no probe of ours; what an armed or closed pod was before counts on. */
  apiReady = false;
  /** Our own probe succeeded, and every push since still carried a probe. */
  probed = false;
  /** A request went to it while armed: this instance never acknowledges that generation. */
  revoked = false;
  /** It has left the table: no new request, what runs may finish. */
  removed = false;
  /** Something ever answered a connect of this proxy. */
  reached = false;
  /** When a connect first failed with none succeeding since; 0 = not suspect. */
  suspectSinceMs = 0;
  /** Its closing has expired, as no leader gave a sign of life: it opens again once it answers. */
  reopening = false;
  /** Requests on it now, quiet ones included. */
  inFlight = 0;
  /** The workload's revision at this pod's last change. */
  revision = 0;

  constructor(entry: PodEntry, workload: Workload, connections: PodConnections) {
    this.uid = entry.uid;
    this.name = entry.name;
    this.address = entry.address;
    this.port = entry.port;
    this.workload = workload;
    this.connections = connections;
  }

  /** May be sent requests, were it not for its phase: ready by the API or by our own probe. */
  get answers(): boolean {
    if (this.probe !== null) return this.probed;
    return this.phase === 'ready' || (this.phase !== 'starting' && this.apiReady);
  }

  /** May be sent requests now; an armed pod only when nothing else is left. */
  get usable(): boolean {
    return !this.removed && this.phase !== 'closed' && this.suspectSinceMs === 0 && this.answers;
  }

  /** This proxy has to find out by itself whether it answers. */
  get wantsProbe(): boolean {
    if (this.removed) return false;
    if (this.phase === 'closed') return this.reopening;
    return this.suspectSinceMs !== 0 || (this.probe !== null && !this.probed);
  }

  /** It answered our probe, or a connect where it has none. */
  answered(): void {
    this.reached = true;
    this.suspectSinceMs = 0;
    if (this.probe !== null) this.probed = true;
    if (!this.reopening) return;
    this.reopening = false;
    this.phase = 'ready';
    this.apiReady = true;
    this.connections.draining = false;
  }

  /** Takes phase and probe of a push that is newer than what was applied. */
  apply(entry: PodEntry, firstSight: boolean): void {
    const answered = !firstSight && this.answers;
    if (entry.probe === null) {
      this.probed = false;
      if (entry.phase === 'ready') this.apiReady = true;
      else if (entry.phase === 'starting') this.apiReady = false;
      else this.apiReady = firstSight || answered;
    }
    this.probe = entry.probe;
    this.phase = entry.phase;
    this.pushedPhase = entry.phase;
    this.reopening = false;
    this.revoked = false;
  }
}
