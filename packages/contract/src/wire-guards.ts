/** Guards of what is pushed to proxies: JSON of unknown shape in, a wire type or a problem naming the exact key out. */
import { isFailureCode } from './failures.ts';
import { parseIp } from './ip-address.ts';
import { isHostPattern } from './network-values.ts';
import type { Problem } from './problem.ts';
import type { PodEntry, WorkloadEntry, WorkloadTable } from './wire.ts';

export type Guarded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Null when `value` may stand at `key`. */
type Check = (value: unknown, key: string) => Problem | null;

function shown(value: unknown): string {
  const text = value === undefined ? '' : (JSON.stringify(value) ?? String(value));
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

function fault(key: string, value: unknown, allowed: string): Problem {
  const fix = value === undefined ? `Add ${key} to the body.` : `Set ${key} to ${allowed}.`;
  return { source: 'body', key, value: shown(value), allowed, fix, severity: 'error' };
}

function that(allowed: string, holds: (value: unknown) => boolean): Check {
  return (value, key) => (holds(value) ? null : fault(key, value, allowed));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(allowed: string, pattern: RegExp, maxChars: number): Check {
  return that(allowed, (value) => typeof value === 'string' && value.length <= maxChars && pattern.test(value));
}

function number(min: number, max: number): Check {
  return that(
    `a number from ${min} to ${max}`,
    (value) => typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max,
  );
}

function integer(min: number, max = Number.MAX_SAFE_INTEGER): Check {
  return that(
    `an integer from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

function oneOf(...values: readonly string[]): Check {
  return that(`one of ${values.join(', ')}`, (value) => typeof value === 'string' && values.includes(value));
}

function nullable(check: Check): Check {
  return (value, key) => (value === null ? null : check(value, key));
}

function optional(check: Check): Check {
  return (value, key) => (value === undefined ? null : check(value, key));
}

function list(check: Check): Check {
  return (value, key) => {
    if (!Array.isArray(value)) return fault(key, value, 'a list');
    for (const [index, item] of value.entries()) {
      const problem = check(item, `${key}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** Fields it does not know are ignored, so that a newer peer is understood. */
function object(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields);
  return (value, key) => {
    if (!isRecord(value)) return fault(key, value, 'an object');
    for (const [name, check] of checks) {
      const at = key === '' ? name : `${key}.${name}`;
      const problem = check(Object.hasOwn(value, name) ? value[name] : undefined, at);
      if (problem !== null) return problem;
    }
    return null;
  };
}

const boolean = that('true or false', (value) => typeof value === 'boolean');
const text = matches('a text of at most 4096 characters', /^/, 4096);
const count = integer(0);
const ms = number(0, Number.MAX_SAFE_INTEGER);
const phase = oneOf('starting', 'ready', 'armed', 'closed');
const workloadKey = matches(
  '`namespace/name`',
  /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/,
  320,
);
const uid = matches('a text of 1 to 128 visible characters', /^[\x21-\x7e]+$/, 128);
const ipLiteral = that('an IPv4 or IPv6 address', (value) => typeof value === 'string' && parseIp(value) !== null);
const fieldName = matches('a field name', /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 256);
const fieldValue = matches('a field value of visible characters', /^[\t\x20-\x7e\x80-\xff]*$/, 4096);

const header: Check = (value, key) => {
  if (!Array.isArray(value) || value.length !== 2) return fault(key, value, 'a pair of name and value');
  return fieldName(value[0], `${key}[0]`) ?? fieldValue(value[1], `${key}[1]`);
};

const probe = object({
  kind: oneOf('tcp', 'http', 'https'),
  port: integer(1, 65_535),
  path: optional(matches('a path that begins with `/`, of visible characters', /^\/[\x21-\x7e]*$/, 4096)),
  headers: optional(list(header)),
  timeoutMs: integer(1, 60_000),
});

const podEntry = object({
  uid,
  name: text,
  address: ipLiteral,
  port: integer(1, 65_535),
  phase,
  probe: nullable(probe),
});

const limits = object({
  containerConcurrency: count,
  wakeTimeoutMs: ms,
  responseTimeoutMs: ms,
  requestTimeoutMs: ms,
  idleTimeoutMs: ms,
  queueLimit: count,
  maxBodyBytes: optional(count),
  drainTimeoutMs: ms,
});

const route = that('a lower-case host, `*.suffix` or `*`, with or without `/path-prefix`', (value) => {
  if (typeof value !== 'string' || value.length > 4096) return false;
  const slash = value.indexOf('/');
  return isHostPattern(slash === -1 ? value : value.slice(0, slash));
});

const workloadEntry = object({
  key: workloadKey,
  generation: count,
  routes: list(route),
  limits,
  quiet: list(object({ kind: oneOf('path', 'agent'), value: text })),
  quietStatus: integer(100, 599),
  waitingPage: boolean,
  alarm: nullable(ms),
  state: oneOf('asleep', 'waking', 'awake'),
  blocked: nullable(
    object({
      code: that('a code of the failure table', (value) => typeof value === 'string' && isFailureCode(value)),
      message: that('a text', (value) => typeof value === 'string'),
    }),
  ),
  pods: list(podEntry),
});

const table = object({ workloads: list(workloadEntry) });

function repeatedKey<T>(items: readonly T[], keyOf: (item: T) => string): number {
  const seen = new Set<string>();
  return items.findIndex((item) => seen.size === seen.add(keyOf(item)).size);
}

function repeatedPod(pods: readonly PodEntry[], at: string): Problem | null {
  const repeated = repeatedKey(pods, (pod) => pod.uid);
  return repeated === -1
    ? null
    : fault(`${at}pods[${repeated}].uid`, pods[repeated]?.uid, 'a uid that no pod before it has');
}

/** Body of `PUT /v1/workloads/:namespace/:name`. */
export function guardWorkloadEntry(value: unknown): Guarded<WorkloadEntry> {
  const problem = workloadEntry(value, '');
  if (problem !== null) return { ok: false, problem };
  const entry = value as WorkloadEntry;
  const repeated = repeatedPod(entry.pods, '');
  return repeated === null ? { ok: true, value: entry } : { ok: false, problem: repeated };
}

/** Body of `PUT /v1/workloads`. */
export function guardWorkloadTable(value: unknown): Guarded<WorkloadTable> {
  const problem = table(value, '');
  if (problem !== null) return { ok: false, problem };
  const { workloads } = value as WorkloadTable;
  const repeated = repeatedKey(workloads, (entry) => entry.key);
  if (repeated !== -1) {
    const key = `workloads[${repeated}].key`;
    return { ok: false, problem: fault(key, workloads[repeated]?.key, 'a key that no workload before it has') };
  }
  for (const [index, entry] of workloads.entries()) {
    const pod = repeatedPod(entry.pods, `workloads[${index}].`);
    if (pod !== null) return { ok: false, problem: pod };
  }
  return { ok: true, value: { workloads } };
}
