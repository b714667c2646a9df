/** Which port of a pod takes its requests, resolved from the pod's own spec as EndpointSlices are. */
import type { DeclaredPort } from './declared-ports.ts';
import type { PodRecord } from './pod-record.ts';

export interface PodPort {
  readonly port: number;
  /** The container that listens on it. */
  readonly container: string;
}

/**
 * @param wanted by annotation, else by the Service; null = the default container's first port
 * @param templatePorts of the pod's ReplicaSet: a number declared there means the port at that place in the pod, which
 * differs where pods share one address and are given ports of their own
 * @returns null when a name is not declared, or nothing is wanted and the default container declares no port
 */
export function resolvePort(
  pod: PodRecord,
  wanted: number | string | null,
  templatePorts: readonly DeclaredPort[],
): PodPort | null {
  if (wanted === null) {
    const first = pod.ports.find((each) => each.container === pod.defaultContainer);
    return first === undefined ? null : { port: first.port, container: first.container };
  }
  if (typeof wanted === 'string') {
    const named = pod.ports.find((each) => each.name === wanted);
    return named === undefined ? null : { port: named.port, container: named.container };
  }
  const declared = pod.ports.find((each) => each.port === wanted) ?? atSamePlace(pod, wanted, templatePorts);
  // Kubernetes lets a Service point at a port that no container declares.
  return declared === undefined
    ? { port: wanted, container: pod.defaultContainer }
    : { port: declared.port, container: declared.container };
}

function atSamePlace(pod: PodRecord, port: number, templatePorts: readonly DeclaredPort[]): DeclaredPort | undefined {
  const place = templatePorts.find((each) => each.port === port);
  if (place === undefined) return undefined;
  return pod.ports.find((each) => each.container === place.container && each.index === place.index);
}
