/** How the proxy may use a pod now: its phase and the probe that decides, as `PodEntry` means them. */
import type { Probe } from '@rouse/contract';
import type { ContainerRecord, PodRecord } from './pod-record.ts';

export interface PodUse {
  readonly phase: 'starting' | 'ready';
  readonly probe: Probe | null;
}

/** The proxy's connect where there is no readiness probe; the kubelet's default of 1 s. */
const CONNECT_TIMEOUT_MS = 1000;

/** The container whose readiness counts: the probed one, else the one that takes the requests. */
export function decidingContainer(pod: PodRecord, portContainer: string): ContainerRecord | undefined {
  const name = pod.rule.kind === 'probe' ? pod.rule.container : portContainer;
  return pod.containers.find((each) => each.name === name && !each.init);
}

/**
 * True when this very run of the container was Ready: it is now, or the pod stopped being Ready after the run began
 * (before its first Ready a pod's condition last changed at its creation, or when an earlier run ended).
 */
export function wasReadyInThisRun(pod: PodRecord, container: ContainerRecord | undefined): boolean {
  if (pod.ready) return true;
  if (container === undefined || container.startedMs === null) return false;
  return pod.readyChangedMs !== null && pod.readyChangedMs > container.startedMs;
}

/**
 * @param port where requests go; null = unknown
 * @param readySeen Ready was seen for this run of the deciding container: from then on the API rules
 */
export function podUse(pod: PodRecord, port: number | null, readySeen: boolean): PodUse {
  const connect: Probe | null = port === null ? null : { kind: 'tcp', port, timeoutMs: CONNECT_TIMEOUT_MS };
  const { rule } = pod;
  if (pod.ready) return { phase: 'ready', probe: rule.kind === 'connect' ? connect : null };
  if (readySeen) return { phase: 'starting', probe: null };
  if (rule.kind === 'probe') return { phase: 'starting', probe: rule.probe };
  if (rule.kind === 'connect' && rule.early) return { phase: 'starting', probe: connect };
  return { phase: 'starting', probe: null };
}
