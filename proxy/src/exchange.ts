/** One request and its answer, free of any protocol: all that the request path sees, and all that an engine implements. */
import type { Pod } from './pod.ts';
import type { Workload } from './workload.ts';

/** Why an attempt at a pod failed, before any byte of a response reached the client. */
export type AttemptFault = 'connect' | 'lost' | 'bad-response' | 'response-timeout';

/** May it be sent again (RFC 9110 9.2.2)? `unsent`: no byte was written to the pod; `replayable`: idempotent, nothing received, all sent bytes kept. */
export type Resend = 'unsent' | 'replayable' | 'never';

/** How an exchange ended. `refused`: the proxy answered itself; `cut`: the pod failed in mid-response, visibly to the client. */
export type Outcome = 'answered' | 'refused' | 'client-gone' | 'cut';

/**
 * An engine may reuse one object for all requests of a connection, one after the other: after `ended` nothing may
 * keep a reference. Fields below `head` belong to the request path; they live here so that a warm request allocates nothing.
 */
export abstract class Exchange {
  // The head, set by the engine before `RequestPath.arrive`.
  method = '';
  /** Lower case, no port, no trailing dot: what routes are matched on. */
  host = '';
  /** Raw path of the origin-form without the query, matched by whole segments. */
  path = '';
  /** Raw origin-form, the query included. */
  target = '';
  /** Bytes a held request would keep in this process (head, body prefix, and what else came with them). */
  bufferedBytes = 0;
  arrivedMs = 0;
  /** Bytes of the request's body: as announced (−1: not at all), or, where it is chunked, of the chunks that have begun. */
  bodyBytes = 0;
  /** Status of the final answer written to the client, set by the engine before `ended`; 0 = none. */
  status = 0;
  /** Code of the failure it was answered with, set before `ended`; empty where it was none. */
  failureCode = '';

  // The request path's own slots.
  workload: Workload | null = null;
  pod: Pod | null = null;
  quiet = false;
  /** Pods tried so far, this one included. */
  attempts = 0;
  /** Time it joined the FIFO last, 0 when it never waited. */
  heldSinceMs = 0;
  /** How long it waited before that, where it waited more than once. */
  heldBeforeMs = 0;
  /** It stands in its workload's FIFO now, with so many bytes counted for it. */
  held = false;
  heldBytes = 0;
  /** It stands there out of the order of waiting: it came back from a pod, or from another workload. */
  outOfOrder = false;
  nextHeld: Exchange | null = null;
  previousHeld: Exchange | null = null;

  /** First value of a request field by lower-case name; undefined where absent. */
  abstract field(name: string): string | undefined;
  /** It has to wait: stop reading the body, keep at most the read buffer, watch for the client's departure. */
  abstract hold(): void;
  /** Forwards it to `pod` (first attempt or another). Answers through `RequestPath.failed`, `responded`, `ended`. */
  abstract send(pod: Pod): void;
  /** Answers from the failure table by code, then `RequestPath.ended('refused')`. `detail` is for the body, e.g. a reason's code. */
  abstract refuse(code: string, detail?: string): void;
  /** Answers with a complete page of the proxy's own (waiting page, quiet status), then `ended('refused')`. */
  abstract reply(status: number, contentType: string, body: string, fields?: string): void;
  /** Ends it at once without an answer (shutdown past its time). */
  abstract abort(): void;
}

/** What an engine calls. Every method is synchronous and must not throw. */
export interface RequestPath {
  /** The head is complete and valid. Answered, now or later, by exactly one of `send`, `refuse`, `reply`, `abort`. */
  arrive(exchange: Exchange): void;
  /** The attempt at `exchange.pod` failed; answered like `arrive`. The pod's slot is freed by this call. */
  failed(exchange: Exchange, fault: AttemptFault, resend: Resend): void;
  /** The first byte of the final response is about to be written to the client. */
  responded(exchange: Exchange): void;
  /** It is over, whichever way; also for a held one whose client left. Frees the pod's slot. */
  ended(exchange: Exchange, outcome: Outcome): void;
}
