/**
 * The way of every request: resolve → admit → pick → forward → record.
 * Synchronous from end to end; a warm request costs no promise, closure, timer or allocation here.
 */
import type { Clock } from '@rouse/contract';
import { beginColdStart, finishColdStart, noteWake } from './cold-start.ts';
import type { AttemptFault, Exchange, Outcome, RequestPath, Resend } from './exchange.ts';
import { isTooLarge, refuseTooLarge } from './max-body.ts';
import type { PathListener, ProxyPathOptions } from './path-options.ts';
import { pick, pickQuiet } from './pick.ts';
import type { Pod } from './pod.ts';
import { isQuiet, quietAnswer } from './quiet.ts';
import { ReleaseHeld } from './release-held.ts';
import { reroute } from './reroute.ts';
import type { RouteTable } from './route-table.ts';
import { blockedPage, type WaitingPage, waitingPage, wantsWaitingPage } from './waiting-page.ts';
import { WaitingRoom } from './waiting-room.ts';
import type { Workload } from './workload.ts';

/** The first attempt and two at further pods. */
const MAX_ATTEMPTS = 3;

/** Demand after so long a silence is told at once; the 1 s beat covers the rest. */
const IDLE_MS = 1000;

/** Such as the short name `http://hello`, which says no namespace. */
const UNCLAIMED = 'no Deployment claims this host; one can, with its annotation rouse.dev/routes';

export class ProxyPath implements RequestPath {
  readonly #clock: Clock;
  readonly #listener: PathListener;
  readonly #held: ReleaseHeld;
  #stale = false;
  readonly room: WaitingRoom;
  #table: RouteTable<Workload>;
  /** Requests for hosts nobody claims. */
  unrouted = 0;

  constructor(options: ProxyPathOptions) {
    this.#clock = options.clock;
    this.#listener = options.listener;
    this.#table = options.table;
    const { clock, defer } = options;
    this.room = new WaitingRoom(clock, options.waitingRoom, (exchange, code) => exchange.refuse(code));
    this.#held = new ReleaseHeld({
      clock,
      defer,
      room: this.room,
      isStale: () => this.#stale,
      forward: (exchange, workload, pod) => this.#forward(exchange, workload, pod),
    });
  }

  // ── resolve, admit ──────────────────────────────────────────────────────────────────────────────────────────────

  arrive(exchange: Exchange): void {
    const workload = this.#table.find(exchange.host, exchange.path);
    exchange.workload = workload;
    exchange.pod = null;
    exchange.attempts = 0;
    exchange.heldSinceMs = 0;
    exchange.heldBeforeMs = 0;
    exchange.outOfOrder = false;
    exchange.quiet = false;
    exchange.status = 0;
    if (workload === null) {
      this.unrouted++;
      exchange.refuse('no-route', UNCLAIMED);
    } else if (exchange.bodyBytes > 0 && isTooLarge(exchange, workload)) {
      refuseTooLarge(exchange);
    } else if (workload.quiet.length !== 0 && isQuiet(exchange, workload.quiet)) {
      this.#admitQuiet(exchange, workload);
    } else {
      this.#admit(exchange, workload, exchange.arrivedMs);
    }
  }

  #admit(exchange: Exchange, workload: Workload, nowMs: number): void {
    workload.accrue(nowMs);
    workload.arrivals++;
    if (workload.inFlight === 0 && workload.held.count === 0) this.#demandBegins(workload, nowMs);
    const pod = workload.held.count === 0 ? pick(workload, this.#stale) : null;
    if (pod === null) this.#wait(exchange, workload);
    else this.#forward(exchange, workload, pod);
    const { alarm } = workload;
    if (alarm !== null && !workload.alarmed && workload.demand >= alarm) {
      workload.alarmed = true;
      this.#listener.urgent(workload);
    }
  }

  #admitQuiet(exchange: Exchange, workload: Workload): void {
    exchange.quiet = true;
    workload.counters.quiet++;
    const pod = pickQuiet(workload, this.#stale);
    if (pod === null) this.#answerQuiet(exchange, workload);
    else this.#forward(exchange, workload, pod);
  }

  #demandBegins(workload: Workload, nowMs: number): void {
    const { lastEndedMs } = workload;
    if (lastEndedMs === null || nowMs - lastEndedMs >= IDLE_MS) this.#listener.urgent(workload);
  }

  /** No pod has a free slot: turned away where waiting is useless or impossible, else held. */
  #wait(exchange: Exchange, workload: Workload): void {
    const { podless } = workload;
    if (podless && (workload.blocked !== null || workload.unreachable)) {
      this.#wakes(exchange, workload);
      const code = workload.blocked?.code ?? 'pod-unreachable';
      if (workload.waitingPage && wantsWaitingPage(exchange)) {
        exchange.failureCode = code;
        this.#show(exchange, blockedPage(workload, exchange.target, code));
      } else exchange.refuse(code);
    } else if (podless && workload.waitingPage && wantsWaitingPage(exchange)) {
      this.#wakes(exchange, workload);
      this.#show(exchange, waitingPage(workload, exchange.target, this.#clock.nowMs()));
    } else if (this.room.hasRoom(workload, exchange)) {
      this.#hold(exchange, workload, false);
    } else {
      if (podless) this.#wakes(exchange, workload);
      exchange.refuse('queue-full');
    }
  }

  #show(exchange: Exchange, page: WaitingPage): void {
    exchange.reply(page.status, 'text/html; charset=utf-8', page.body, page.fields);
  }

  #wakes(exchange: Exchange, workload: Workload): void {
    noteWake(workload, exchange);
    this.#listener.urgent(workload);
  }

  #hold(exchange: Exchange, workload: Workload, front: boolean): void {
    const first = workload.held.count === 0;
    this.room.enter(workload, exchange, front);
    if (workload.podless && workload.cold === null) {
      beginColdStart(workload, exchange);
      workload.paceEndsMs = 0;
      this.#listener.urgent(workload);
    } else if (workload.podless) this.#listener.soon(workload);
    if (first) this.#listener.waits(workload);
    exchange.hold();
  }

  // ── forward ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #forward(exchange: Exchange, workload: Workload, pod: Pod): void {
    exchange.pod = pod;
    exchange.attempts++;
    pod.inFlight++;
    if (!exchange.quiet) workload.inFlight++;
    if (pod.phase === 'armed') this.#revoke(workload, pod);
    exchange.send(pod);
  }

  /** An armed pod was needed: here it is an ordinary pod again, and this instance will not help to remove it. */
  #revoke(workload: Workload, pod: Pod): void {
    pod.phase = 'ready';
    pod.revoked = true;
    pod.apiReady = true;
    workload.counters.revocations++;
    workload.refresh();
    workload.touch(pod);
    this.#listener.urgent(workload);
  }

  failed(exchange: Exchange, fault: AttemptFault, resend: Resend): void {
    const { workload, pod } = exchange;
    if (workload === null || pod === null) return;
    if (!exchange.quiet) workload.accrue(this.#clock.nowMs());
    this.#freeSlot(exchange, workload, pod);
    if (fault === 'connect' || (resend === 'unsent' && exchange.attempts >= MAX_ATTEMPTS)) this.#suspect(workload, pod);
    if (resend === 'unsent' || (resend === 'replayable' && exchange.attempts < MAX_ATTEMPTS)) {
      this.#sendAgain(exchange, workload, pod, resend);
    } else {
      exchange.refuse(fault === 'connect' || fault === 'lost' ? 'pod-lost' : fault);
    }
    this.release(workload);
  }

  /** To another pod, else to the same where it still takes connects; with none left it waits again, before all others. */
  #sendAgain(exchange: Exchange, workload: Workload, failed: Pod, resend: Resend): void {
    workload.counters.retries++;
    const choose = exchange.quiet ? pickQuiet : pick;
    const mayPick = exchange.attempts < MAX_ATTEMPTS;
    const pod = mayPick ? (choose(workload, this.#stale, failed) ?? choose(workload, this.#stale)) : null;
    if (pod !== null) {
      this.#forward(exchange, workload, pod);
    } else if (exchange.quiet) {
      this.#answerQuiet(exchange, workload);
    } else if (workload.removed) {
      exchange.refuse('workload-removed');
    } else if (workload.podless && workload.blocked !== null) {
      exchange.refuse(workload.blocked.code);
    } else {
      // Not a byte of it was written anywhere: nothing was used up.
      if (resend === 'unsent') exchange.attempts = 0;
      this.#hold(exchange, workload, true);
    }
  }

  #suspect(workload: Workload, pod: Pod): void {
    if (pod.suspectSinceMs !== 0) return;
    pod.suspectSinceMs = this.#clock.nowMs();
    workload.refresh();
    workload.touch(pod);
    this.#listener.suspect(pod);
  }

  /** Sends held requests on while there are free slots. */
  release(workload: Workload): void {
    this.#held.release(workload);
  }

  /** After a push or a pod's change: held requests go on, or learn that waiting is useless. */
  settle(workload: Workload): void {
    this.#held.settle(workload);
  }

  // ── record ──────────────────────────────────────────────────────────────────────────────────────────────────────

  responded(exchange: Exchange): void {
    const { workload, pod } = exchange;
    if (workload === null || pod === null) return;
    if (!pod.reached || pod.suspectSinceMs !== 0) this.#reached(workload, pod);
    if (exchange.heldSinceMs !== 0 && workload.cold !== null) {
      finishColdStart(workload, this.#clock.nowMs());
      this.#listener.urgent(workload);
    }
  }

  #reached(workload: Workload, pod: Pod): void {
    pod.reached = true;
    if (pod.suspectSinceMs === 0) return;
    pod.suspectSinceMs = 0;
    workload.refresh();
    workload.touch(pod);
    this.release(workload);
  }

  ended(exchange: Exchange, outcome: Outcome): void {
    const { workload, pod } = exchange;
    if (workload === null) return;
    exchange.workload = null;
    const nowMs = this.#clock.nowMs();
    if (!exchange.quiet) {
      workload.accrue(nowMs);
      workload.completions++;
      workload.lastEndedMs = nowMs;
    }
    const statusClass = Math.floor(exchange.status / 100);
    if (statusClass >= 1 && statusClass <= 5) workload.counters.answers[statusClass]!++;
    if (exchange.failureCode !== '') workload.counters.refused(exchange.failureCode);
    if (outcome === 'client-gone') workload.counters.clientsGone++;
    else if (outcome === 'cut') workload.counters.cut++;
    if (exchange.held) this.room.leave(workload, exchange);
    if (pod !== null) this.#freeSlot(exchange, workload, pod);
    if (workload.cold !== null && workload.inFlight === 0 && workload.held.count === 0) workload.cold = null;
    if (pod !== null && workload.held.count !== 0) this.release(workload);
  }

  #freeSlot(exchange: Exchange, workload: Workload, pod: Pod): void {
    exchange.pod = null;
    pod.inFlight--;
    if (!exchange.quiet) workload.inFlight--;
    if (pod.inFlight !== 0 || (pod.phase !== 'closed' && pod.phase !== 'armed' && !pod.removed)) return;
    workload.touch(pod);
    this.#listener.urgent(workload);
  }

  #answerQuiet(exchange: Exchange, workload: Workload): void {
    const answer = quietAnswer(workload.quietStatus);
    exchange.reply(answer.status, 'text/plain; charset=utf-8', answer.body, 'x-rouse-error: quiet\r\n');
  }

  // ── changes from outside ────────────────────────────────────────────────────────────────────────────────────────

  /** A new table: what is held is resolved again. */
  swap(table: RouteTable<Workload>): void {
    this.#table = table;
    const nowMs = this.#clock.nowMs();
    reroute(this.room, table, nowMs, {
      admit: (exchange, workload) => {
        if (isTooLarge(exchange, workload)) refuseTooLarge(exchange);
        else this.#admit(exchange, workload, nowMs);
      },
      refuse: (exchange) => exchange.refuse('workload-removed'),
    });
  }

  /** See `pick`. */
  setStale(stale: boolean): void {
    if (this.#stale === stale) return;
    this.#stale = stale;
    if (!stale) for (const workload of this.room.occupied()) this.release(workload);
  }

  get stale(): boolean {
    return this.#stale;
  }
}
