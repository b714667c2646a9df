/** Which failures the kill -9 of a pod explains: an answer that had begun, and what may not be sent twice. */

/** A request as its client saw it. */
export interface Attempt {
  readonly method: string;
  /** Status of the answer's head; null when none came. */
  readonly status: number | null;
  readonly complete: boolean;
  /** `x-rouse-error`, or the connection's error. */
  readonly fault: string;
  readonly startedAtMs: number;
  readonly tookMs: number;
}

/** From the signal until its connections were known to be closed, Unix ms. */
export interface Kill {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How long a busy machine takes to tell the proxy that the connections of a dead process are closed. */
export const NOTICED_MS = 50;

/** Under way while a pod was killed, and either begun to be answered (or upgraded) or not to be sent again. */
export function isExplained(attempt: Attempt, killed: readonly Kill[]): boolean {
  const wasUnderWay = killed.some(
    ({ fromMs, untilMs }) => attempt.startedAtMs <= untilMs && attempt.startedAtMs + attempt.tookMs >= fromMs,
  );
  const answeredInPart = attempt.status !== null && attempt.status < 300 && !attempt.complete;
  const sentAndLost = attempt.method === 'POST' && attempt.fault === 'pod-lost';
  return wasUnderWay && (answeredInPart || sentAndLost);
}
