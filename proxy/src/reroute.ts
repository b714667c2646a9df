/** A new table: what is held is resolved again, and goes to whoever has its route now. */
import type { Exchange } from './exchange.ts';
import type { RouteTable } from './route-table.ts';
import type { WaitingRoom } from './waiting-room.ts';
import type { Workload } from './workload.ts';

export interface RerouteActions {
  /** It arrives anew at another workload, and is counted there. */
  readonly admit: (exchange: Exchange, workload: Workload) => void;
  /** Nobody has its route any more. */
  readonly refuse: (exchange: Exchange) => void;
}

export function reroute(room: WaitingRoom, table: RouteTable<Workload>, nowMs: number, actions: RerouteActions): void {
  for (const workload of room.occupied()) {
    let exchange = workload.held.head;
    while (exchange?.held) {
      const next: Exchange | null = exchange.nextHeld;
      const target = table.find(exchange.host, exchange.path);
      if (target !== workload) move(room, exchange, workload, target, nowMs, actions);
      exchange = next;
    }
  }
}

function move(
  room: WaitingRoom,
  exchange: Exchange,
  from: Workload,
  to: Workload | null,
  nowMs: number,
  actions: RerouteActions,
): void {
  from.accrue(nowMs);
  room.leave(from, exchange);
  if (to === null) {
    actions.refuse(exchange);
    return;
  }
  from.completions++;
  from.lastEndedMs = nowMs;
  exchange.workload = to;
  actions.admit(exchange, to);
}
