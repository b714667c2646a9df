/** The stages of one cold start: from the first held request that found no usable pod to its first response byte. */
import type { ColdStart } from '@rouse/contract';
import type { Exchange } from './exchange.ts';
import { wokenBy } from './woken-by.ts';
import type { Workload } from './workload.ts';

export interface ColdStartInProgress {
  readonly by: string;
  readonly arrivedMs: number;
  /** ms after `arrivedMs`, null until then. */
  podMs: number | null;
  portMs: number | null;
}

/** A request has to wait, or was turned away, for want of any usable pod: the operator shall know who woke it. */
export function noteWake(workload: Workload, exchange: Exchange): void {
  if (workload.wakingSinceMs === 0) workload.wakingSinceMs = startMs(exchange);
  workload.wake ??= { by: workload.cold?.by ?? wokenBy(exchange), atMs: startMs(exchange) };
}

/** Its arrival, unless a pod had it meanwhile: then when it began to wait. */
function startMs(exchange: Exchange): number {
  return exchange.outOfOrder ? exchange.heldSinceMs : exchange.arrivedMs;
}

export function beginColdStart(workload: Workload, exchange: Exchange): void {
  if (workload.cold !== null) return;
  noteWake(workload, exchange);
  if (workload.pods.size === 0) workload.counters.wakes++;
  workload.cold = {
    by: workload.wake?.by ?? '',
    arrivedMs: startMs(exchange),
    podMs: workload.pods.size > 0 ? 0 : null,
    portMs: null,
  };
}

export function notePodSeen(workload: Workload, nowMs: number): void {
  if (workload.cold !== null) workload.cold.podMs ??= nowMs - workload.cold.arrivedMs;
}

export function notePodUsable(workload: Workload, nowMs: number): void {
  if (workload.cold !== null) workload.cold.portMs ??= nowMs - workload.cold.arrivedMs;
}

/** The first byte of a response to a request that had waited. */
export function finishColdStart(workload: Workload, nowMs: number): void {
  const cold = workload.cold;
  if (cold === null) return;
  const done: ColdStart = {
    by: cold.by,
    podMs: cold.podMs,
    portMs: cold.portMs,
    firstByteMs: nowMs - cold.arrivedMs,
  };
  workload.cold = null;
  workload.coldDone = done;
}
