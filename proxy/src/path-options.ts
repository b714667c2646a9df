/** What the request path is given, and whom it tells what happens. */
import type { Clock } from '@rouse/contract';
import type { Pod } from './pod.ts';
import type { RouteTable } from './route-table.ts';
import type { WaitingRoomLimits } from './waiting-room.ts';
import type { Workload } from './workload.ts';

/** Who is told what happens on the way; all are cheap and return at once. */
export interface PathListener {
  /** Tell the operator now. */
  urgent(workload: Workload): void;
  /** Tell the operator soon: more of what it knows already. */
  soon(workload: Workload): void;
  /** A first request waits: look for a pod that answers, often. */
  waits(workload: Workload): void;
  /** A pod did not take a connect: it gets no request until it takes one. */
  suspect(pod: Pod): void;
}

export interface ProxyPathOptions {
  readonly clock: Clock;
  readonly table: RouteTable<Workload>;
  readonly listener: PathListener;
  readonly waitingRoom: WaitingRoomLimits;
  /** Runs something in the next turn of the event loop. */
  readonly defer: (run: () => void) => void;
}
