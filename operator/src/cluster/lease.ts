/** Leader election on a Lease: who leads, in which epoch, and for how long that is certain by this machine's clock. */
import type { Clock } from '@rouse/contract';
import {
  describeFailure,
  type Kube,
  type KubeFailure,
  type KubeLog,
  type KubeResult,
  leasePath,
  leasesPath,
} from '@rouse/kube';
import { acquiredBody, type LeaseView, type RawLease, releasedBody, renewedBody, viewOf } from './lease-body.ts';
import type { LeaseIdentity } from './lease-identity.ts';

export interface LeaderLeaseOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly namespace: string;
  readonly name: string;
  /** New per process start, so that each acquisition raises the epoch. */
  readonly identity: LeaseIdentity;
  /** Leading from now on, in this epoch. */
  onLead(epoch: number): void;
  /** Leading no more; nothing may be written. */
  onLose(why: string): void;
}

export interface LeaderLease {
  readonly identity: string;
  /** Begins to try. */
  start(): void;
  /** The Lease's leaseTransitions at our acquisition; null while not leading. */
  readonly epoch: number | null;
  /** ms for which no other can lead, by the monotonic clock; 0 while not leading. */
  validForMs(): number;
  /** ms since the Lease was seen to change, as a standby sees it; null before it was read. */
  unrenewedForMs(): number | null;
  /** Identity of the holder last seen; null = none. */
  readonly holder: string | null;
  /** Stops; a leader calls `onLose` first and then gives the Lease up, so that the next need not wait. */
  release(): Promise<void>;
}

/** client-go's defaults: a Lease stands 15 s, a leader that could not renew for 10 s steps down, a try each 2 s. */
export const LEASE_DURATION_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;

export function leaderLease(options: LeaderLeaseOptions): LeaderLease {
  const { kube, clock, log } = options;
  const { identity, isPredecessor } = options.identity;
  const path = leasePath(options.namespace, options.name);
  /** As last read or written; undefined = to be read. */
  let lease: RawLease | undefined;
  let seen: LeaseView | undefined;
  /** Who held it at our first look: only one from before that can be our own last run. */
  let firstHolder: string | undefined;
  /** When `seen` was first seen: only our own clock tells whether a holder is alive. */
  let seenChangeMs = 0;
  let epoch: number | null = null;
  /** When the request that was answered last was sent: others count from later on. */
  let renewedMs = 0;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancelNext: () => void = () => undefined;
  let cancelDeadline: () => void = () => undefined;

  function observe(now: RawLease): void {
    lease = now;
    const view = viewOf(now);
    if (seen !== undefined && seen.version === view.version) return;
    seen = view;
    firstHolder ??= view.holder;
    seenChangeMs = clock.nowMs();
  }

  function lead(inEpoch: number, sentMs: number): void {
    renewed(sentMs);
    epoch = inEpoch;
    log.info('leading', { identity, epoch });
    options.onLead(inEpoch);
  }

  function renewed(sentMs: number): void {
    renewedMs = sentMs;
    cancelDeadline();
    const leftMs = sentMs + RENEW_DEADLINE_MS - clock.nowMs();
    cancelDeadline = clock.after(Math.max(0, leftMs), () =>
      lose(`the Lease was not renewed for ${RENEW_DEADLINE_MS} ms`),
    );
  }

  function lose(why: string): void {
    cancelDeadline();
    if (epoch === null) return;
    epoch = null;
    log.info('leading no more', { identity, why });
    options.onLose(why);
  }

  function put(body: object): Promise<KubeResult<RawLease>> {
    return kube.request<RawLease>({ method: 'PUT', path, body, timeoutMs: REQUEST_TIMEOUT_MS });
  }

  async function attempt(): Promise<void> {
    if (lease === undefined) {
      const read = await kube.request<RawLease>({ method: 'GET', path, timeoutMs: REQUEST_TIMEOUT_MS });
      if (stopped) return;
      if (read.ok) observe(read.value);
      else if (read.status !== 404) return failed(read);
      else return create();
    }
    if (lease === undefined || seen === undefined) return;
    if (epoch !== null)
      return seen.holder === identity ? renew(lease) : lose(`${seen.holder || 'nobody'} holds the Lease`);
    const heldMs = clock.nowMs() - seenChangeMs;
    // A holder of our own name without leading: an answer to our acquisition that never came. Take it anew.
    const isFree = seen.holder === '' || seen.holder === identity;
    const isDead = seen.holder === firstHolder && isPredecessor(seen.holder);
    if (isFree || isDead || heldMs >= seen.durationMs) return acquire(lease);
    // Standing by: look again next time.
    lease = undefined;
  }

  async function create(): Promise<void> {
    if (epoch !== null) lose('the Lease was deleted');
    const sentMs = clock.nowMs();
    const body = acquiredBody(
      { metadata: { name: options.name, namespace: options.namespace } },
      identity,
      clock.wallMs(),
    );
    const created = await kube.request<RawLease>({
      method: 'POST',
      path: leasesPath(options.namespace),
      body,
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (!created.ok) return failed(created);
    observe(created.value);
    if (!stopped) lead(viewOf(created.value).transitions, sentMs);
  }

  async function acquire(from: RawLease): Promise<void> {
    const sentMs = clock.nowMs();
    const result = await put(acquiredBody(from, identity, clock.wallMs()));
    if (!result.ok) return failed(result);
    observe(result.value);
    if (!stopped) lead(viewOf(result.value).transitions, sentMs);
  }

  async function renew(from: RawLease): Promise<void> {
    const sentMs = clock.nowMs();
    const result = await put(renewedBody(from, clock.wallMs()));
    if (!result.ok) return failed(result);
    observe(result.value);
    // The deadline may have passed meanwhile; then this was for nothing, and it is acquired anew.
    if (epoch !== null) renewed(sentMs);
  }

  /** Whatever it was, what we hold is no longer certain to be what is there. */
  function failed(failure: KubeFailure): void {
    lease = undefined;
    // Somebody else was quicker: that is not a fault.
    if (failure.status === 409) return;
    log.warn('Lease not readable or writable', { path, problem: describeFailure(failure) });
  }

  function loop(): void {
    running = attempt().then(() => {
      if (!stopped) cancelNext = clock.after(RETRY_MS, loop);
    });
  }

  return {
    identity,
    start: loop,
    get epoch() {
      return epoch;
    },
    validForMs: () => (epoch === null ? 0 : Math.max(0, renewedMs + LEASE_DURATION_MS - clock.nowMs())),
    unrenewedForMs: () => (seen === undefined ? null : clock.nowMs() - seenChangeMs),
    get holder() {
      return seen === undefined || seen.holder === '' ? null : seen.holder;
    },
    async release() {
      if (stopped) return running;
      stopped = true;
      cancelNext();
      lose('shutting down');
      await running;
      // Read again: the last answer may have been lost, and a Lease that is another's must not be touched.
      const read = await kube.request<RawLease>({ method: 'GET', path, timeoutMs: REQUEST_TIMEOUT_MS });
      if (!read.ok || viewOf(read.value).holder !== identity) return;
      const result = await put(releasedBody(read.value, clock.wallMs()));
      if (!result.ok) log.warn('Lease not released', { path, problem: describeFailure(result) });
    },
  };
}
