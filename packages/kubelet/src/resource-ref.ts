/** Values for `valueFrom.resourceFieldRef`: a container's requests and limits in units of a divisor. */
import type { Container, ResourceFieldRef } from './pod.ts';

/** What a container without limits may use: all of the node. */
export interface NodeCapacity {
  readonly cpus: number;
  readonly memoryBytes: number;
}

const SUFFIX = new Map([
  ['', 1],
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/** A Kubernetes quantity (`250m`, `1.5Gi`, `1e3`) as a number; undefined when it is none. */
export function parseQuantity(text: string | number): number | undefined {
  const match = String(text).match(/^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]{0,2})$/);
  const factor = SUFFIX.get(match?.[2] ?? '?');
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** The value rounded up to whole divisors, as the downward API gives it; undefined for an unknown resource or a bad quantity. */
export function resourceValue(container: Container, ref: ResourceFieldRef, node: NodeCapacity): string | undefined {
  const [kind, ...rest] = ref.resource.split('.');
  const resource = rest.join('.');
  const limit = amount(container.resources?.limits, resource);
  const request = amount(container.resources?.requests, resource);
  const unlimited = resource === 'cpu' ? node.cpus : resource === 'memory' ? node.memoryBytes : 0;
  const divisor = parseQuantity(ref.divisor === undefined || String(ref.divisor) === '0' ? 1 : ref.divisor);
  if (divisor === undefined || divisor <= 0) return undefined;
  let value: number | undefined;
  if (kind === 'limits') value = limit ?? unlimited;
  // The API defaults an absent request to the limit.
  else if (kind === 'requests') value = request ?? limit ?? 0;
  if (value === undefined || Number.isNaN(value) || resource === '') return undefined;
  // 0.1 / 0.001 must not become 101 by the last bit.
  return String(Math.ceil(Number((value / divisor).toPrecision(15))));
}

function amount(amounts: Readonly<Record<string, string | number>> | undefined, resource: string): number | undefined {
  const text = new Map(Object.entries(amounts ?? {})).get(resource);
  return text === undefined ? undefined : (parseQuantity(text) ?? Number.NaN);
}
