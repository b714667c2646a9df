/** Every answer that Rouse gives a client itself, in one table: code, status, whether trying again is safe, log level. */

export interface Failure {
  /** Sent as `x-rouse-error` and as the end of the problem's `type`. */
  readonly code: string;
  readonly status: number;
  /** True where the request certainly did not run, so that any client may send it again. */
  readonly retrySafe: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** The problem's `title` (RFC 9457), the same for every occurrence. */
  readonly title: string;
  /** For the reference page: when it is given and what to do. */
  readonly doc: string;
  /** Sent as `Retry-After`, seconds. */
  readonly retryAfterS?: number;
  /** The connection is closed after it: what follows on it cannot be trusted or is not wanted. */
  readonly close?: true;
  /** True for a reason (`blocked`) that keeps every pod of a workload from starting. */
  readonly blocks?: true;
}

type Row = Omit<Failure, 'code'>;

const refusedRequest = { retrySafe: false, logLevel: 'debug', close: true } as const;
const blocked = { status: 503, retrySafe: true, logLevel: 'warn', blocks: true } as const;

const table = {
  'no-route': {
    status: 404,
    retrySafe: true,
    logLevel: 'debug',
    title: 'No workload for this host',
    doc: 'No route matches the Host and path. Check the host, or add it to `rouse.dev/routes`.',
  },
  'bad-request': {
    ...refusedRequest,
    status: 400,
    title: 'Malformed request',
    doc: 'The request is malformed or ambiguous (RFC 9112) and was not passed on.',
  },
  'bad-host': {
    ...refusedRequest,
    status: 400,
    title: 'Missing or invalid Host',
    doc: 'Host is missing (HTTP/1.1), repeated or invalid (RFC 9112 3.2).',
  },
  'bad-framing': {
    ...refusedRequest,
    status: 400,
    title: 'Ambiguous message length',
    doc: 'Content-Length and Transfer-Encoding are repeated, contradict each other, or do not parse (RFC 9112 6.3).',
  },
  'method-not-allowed': {
    ...refusedRequest,
    status: 405,
    title: 'Method not allowed',
    doc: 'CONNECT and TRACE are not proxied.',
  },
  'head-timeout': {
    ...refusedRequest,
    status: 408,
    title: 'Request head took too long',
    doc: 'The head did not arrive within `--head-timeout`.',
  },
  'client-stalled': {
    ...refusedRequest,
    status: 408,
    title: 'Request body stalled',
    doc: 'No byte of the body arrived within `--client-stall-timeout` while the proxy waited for one.',
  },
  'body-too-large': {
    ...refusedRequest,
    status: 413,
    title: 'Request body too large',
    doc: 'The body is larger than `rouse.dev/max-body`. No pod was given it as complete.',
  },
  'target-too-long': {
    ...refusedRequest,
    status: 414,
    title: 'Request target too long',
    doc: 'The target is longer than `--target-bytes`.',
  },
  'head-too-large': {
    ...refusedRequest,
    status: 431,
    title: 'Request head too large',
    doc: 'The head is larger than `--head-bytes`, or has more fields than `--head-fields`.',
  },
  'unknown-coding': {
    ...refusedRequest,
    status: 501,
    title: 'Transfer coding not implemented',
    doc: 'Transfer-Encoding names a coding other than `chunked`.',
  },
  'unknown-version': {
    ...refusedRequest,
    status: 505,
    title: 'HTTP version not supported',
    doc: 'The request line names a version other than HTTP/1.0 or HTTP/1.x.',
  },
  loop: {
    status: 508,
    retrySafe: false,
    logLevel: 'warn',
    title: 'Loop detected',
    doc: 'The request already passed this proxy (its own id stands in Via): a workload routes to the proxy itself.',
  },
  'queue-full': {
    status: 503,
    retrySafe: true,
    logLevel: 'warn',
    title: 'Too many requests are waiting',
    doc: 'The waiting room is full: `rouse.dev/queue-limit`, `--held-bytes-per-workload`, `--held-bytes`, `--held-requests`, or the share of one workload in these (`--held-share`).',
    retryAfterS: 1,
  },
  'too-many-connections': {
    status: 503,
    retrySafe: true,
    logLevel: 'warn',
    title: 'Too many connections',
    doc: 'The client address has more connections than `--max-connections-per-address`, or all have more than 90 % of `--max-connections` or of the descriptors. Under a flood most are closed without this answer.',
    retryAfterS: 1,
    close: true,
  },
  waking: {
    status: 503,
    retrySafe: true,
    logLevel: 'debug',
    title: 'The workload is waking up',
    doc: 'A browser met a waking Deployment, and got the page that `rouse.dev/waiting-page` asks for: it tries again by itself.',
    retryAfterS: 1,
  },
  quiet: {
    status: 503,
    retrySafe: true,
    logLevel: 'debug',
    title: 'Asleep, and this request does not wake it',
    doc: 'A request of `rouse.dev/quiet` met a sleeping Deployment. The status is that of `rouse.dev/quiet-status`.',
  },
  'image-pull': {
    ...blocked,
    title: 'The image cannot be pulled',
    doc: 'Every pod is in ImagePullBackOff. Check the image name, the tag and the pull secret.',
  },
  'invalid-image-name': {
    ...blocked,
    title: 'The image name is invalid',
    doc: 'Every pod is in InvalidImageName. Correct the image of the container.',
  },
  'container-config': {
    ...blocked,
    title: 'The container cannot be created',
    doc: 'Every pod is in CreateContainerConfigError, mostly a missing Secret or ConfigMap.',
  },
  'crash-loop': {
    ...blocked,
    title: 'The app keeps exiting',
    doc: 'Every pod is in CrashLoopBackOff after three starts. See the logs of the container.',
  },
  'app-exited': {
    ...blocked,
    title: 'The app exited at once',
    doc: 'Under `rouse dev`: every process of the Deployment ended by itself. See its output.',
  },
  'creation-refused': {
    ...blocked,
    title: 'Pods may not be created',
    doc: 'The API has refused to create pods for more than 5 s: a quota, an admission policy, or missing permission.',
  },
  unschedulable: {
    ...blocked,
    title: 'No node can take the pod',
    doc: 'No pod can be scheduled, and `rouse.dev/fail-fast: unschedulable` asks to fail at once.',
  },
  'workload-removed': {
    status: 503,
    retrySafe: true,
    logLevel: 'info',
    title: 'The workload was removed',
    doc: 'The Deployment was deleted or opted out while the request was held.',
  },
  'shutting-down': {
    status: 503,
    retrySafe: true,
    logLevel: 'info',
    title: 'The proxy is shutting down',
    doc: 'The request was still held when `--shutdown-timeout` ended.',
    close: true,
  },
  'wake-timeout': {
    status: 504,
    retrySafe: true,
    logLevel: 'warn',
    title: 'No pod became available in time',
    doc: 'No pod could be used within `rouse.dev/wake-timeout`. `rouse why NAME` tells what was tried.',
  },
  'pod-lost': {
    status: 502,
    retrySafe: false,
    logLevel: 'warn',
    title: 'The pod was lost',
    doc: 'The request was sent to a pod and lost, and may not, or no more, be sent again (RFC 9110 9.2.2).',
  },
  'bad-response': {
    status: 502,
    retrySafe: false,
    logLevel: 'warn',
    title: 'The pod answered with malformed HTTP',
    doc: 'The response of the pod is malformed, ambiguous or too large, and was not passed on.',
  },
  'pod-unreachable': {
    status: 502,
    retrySafe: true,
    logLevel: 'error',
    title: 'Ready pods cannot be reached from the proxy',
    doc: 'Every pod is Ready for Kubernetes, yet none could be reached for 5 s. Check NetworkPolicies and service meshes.',
  },
  'response-timeout': {
    status: 504,
    retrySafe: false,
    logLevel: 'warn',
    title: 'The pod took too long to answer',
    doc: 'No final response began within `rouse.dev/response-timeout`.',
  },
  'request-timeout': {
    status: 504,
    retrySafe: false,
    logLevel: 'warn',
    title: 'The exchange took too long',
    doc: 'The whole exchange did not end within `rouse.dev/request-timeout`.',
  },
} as const satisfies Record<string, Row>;

export type FailureCode = keyof typeof table;

/** Codes that say why no pod of a workload can start (`WorkloadEntry.blocked`). */
export type BlockedCode = { [C in FailureCode]: (typeof table)[C] extends { blocks: true } ? C : never }[FailureCode];

const byCode: ReadonlyMap<string, Failure & { readonly code: FailureCode }> = new Map(
  Object.entries(table).map(([code, row]) => [code, { code: code as FailureCode, ...row }]),
);

/** Every failure, in the order of the reference page. */
export const failures: readonly (Failure & { readonly code: FailureCode })[] = [...byCode.values()];

/** The row of a code. */
export function failure(code: FailureCode): Failure & { readonly code: FailureCode } {
  const row = byCode.get(code);
  if (row === undefined) throw new Error(`unknown failure code ${code}`);
  return row;
}

/** True for a code of the table, e.g. of one that came over the wire. */
export function isFailureCode(code: string): code is FailureCode {
  return byCode.has(code);
}
