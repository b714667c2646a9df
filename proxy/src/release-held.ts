/** Sends held requests on as slots come free: in order, each to the emptiest pod, and not all to the first pod of a cold start. */
import type { Clock } from '@rouse/contract';
import type { Exchange } from './exchange.ts';
import { fairShare, PACE_MS, UNLIMITED } from './fair-share.ts';
import { pick } from './pick.ts';
import type { Pod } from './pod.ts';
import type { WaitingRoom } from './waiting-room.ts';
import type { Workload } from './workload.ts';

/** So many are sent on in one turn of the event loop: pods that come up meanwhile get their share. */
const BATCH = 256;

export interface ReleaseOptions {
  readonly clock: Clock;
  readonly room: WaitingRoom;
  /** Runs something in the next turn of the event loop. */
  readonly defer: (run: () => void) => void;
  /** See `pick`. */
  readonly isStale: () => boolean;
  readonly forward: (exchange: Exchange, workload: Workload, pod: Pod) => void;
}

export class ReleaseHeld {
  readonly #options: ReleaseOptions;

  constructor(options: ReleaseOptions) {
    this.#options = options;
  }

  /** Sends on as many as there are free slots. */
  release(workload: Workload): void {
    if (workload.releasing) return;
    workload.releasing = true;
    const { clock, room, defer, isStale, forward } = this.#options;
    const nowMs = clock.nowMs();
    const share = this.#share(workload, nowMs);
    for (let sent = 0; workload.held.head !== null; sent++) {
      const pod = pick(workload, isStale(), null, share);
      if (pod === null) break;
      if (sent === BATCH) {
        defer(() => this.release(workload));
        break;
      }
      const exchange = workload.held.head;
      room.leave(workload, exchange);
      workload.counters.held(nowMs - exchange.heldSinceMs);
      forward(exchange, workload, pod);
    }
    workload.releasing = false;
  }

  /** After a push or a pod's change: held requests go on, or learn that waiting is useless. */
  settle(workload: Workload): void {
    const { room } = this.#options;
    if (workload.held.count === 0) return;
    if (!workload.podless) this.release(workload);
    else if (workload.blocked !== null) room.clear(workload, workload.blocked.code);
    else if (workload.unreachable) room.clear(workload, 'pod-unreachable');
  }

  /** The first release of a cold start is paced for a moment, so that the first pod up does not get all. */
  #share(workload: Workload, nowMs: number): number {
    if (workload.paceEndsMs !== 0 && nowMs >= workload.paceEndsMs) return UNLIMITED;
    const share = fairShare(workload);
    if (share !== UNLIMITED && workload.paceEndsMs === 0) {
      workload.paceEndsMs = nowMs + PACE_MS;
      this.#options.clock.after(PACE_MS, () => this.release(workload));
    }
    return share;
  }
}
