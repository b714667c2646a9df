/** What a request to the Kubernetes API comes to: a value, or a failure that says whether it may have been applied. */
import type { KubeStatus } from './objects.ts';

export interface KubeSuccess<T> {
  readonly ok: true;
  /** HTTP status, 2xx. */
  readonly status: number;
  readonly value: T;
}

export interface KubeFailure {
  readonly ok: false;
  /** HTTP status; 0 = no answer. */
  readonly status: number;
  /** The API's own reason (`NotFound`, `Conflict`, `Expired`, …) or, without an answer, the error's code. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** True when the server may have applied the request: read again before deciding anything. */
  readonly sent: boolean;
  /** What the server asked for by Retry-After, in ms. */
  readonly retryAfterMs?: number;
}

export type KubeResult<T> = KubeSuccess<T> | KubeFailure;

/**
 * Failure of an answer with a status of 300 or above. 4xx are known not applied, but for 408; 5xx may have been
 * (a webhook or etcd timeout is reported after the write was begun).
 */
export function failureOfAnswer(status: number, bodyText: string, retryAfter: string | undefined): KubeFailure {
  const body = parseStatus(bodyText);
  const retryAfterSeconds = body?.details?.retryAfterSeconds ?? (retryAfter === undefined ? Number.NaN : +retryAfter);
  return {
    ok: false,
    status,
    reason: body?.reason || `HTTP${status}`,
    message: body?.message || bodyText.slice(0, 300) || `the Kubernetes API answered ${status}`,
    sent: status >= 500 || status === 408,
    ...(retryAfterSeconds >= 0 ? { retryAfterMs: retryAfterSeconds * 1000 } : {}),
  };
}

/** Failure of a request that got no (whole) answer. */
export function failureWithoutAnswer(reason: string, message: string, sent: boolean): KubeFailure {
  return { ok: false, status: 0, reason, message, sent };
}

/** One line for logs and people. */
export function describeFailure(failure: KubeFailure): string {
  return failure.status === 0
    ? `no answer from the Kubernetes API (${failure.reason}): ${failure.message}`
    : `the Kubernetes API answered ${failure.status} ${failure.reason}: ${failure.message}`;
}

function parseStatus(text: string): KubeStatus | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as KubeStatus;
  } catch {
    return undefined;
  }
}
