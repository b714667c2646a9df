/** Whether the proxy's own probe of a pod may stand in for the kubelet's, judged from the pod's spec. */

import type { Probe } from '@rouse/contract';
import type { RawContainer, RawPodSpec, RawProbe } from './api-shapes.ts';
import { declaredPorts } from './declared-ports.ts';

/**
 * `probe`: the one container with a readiness probe has this one. `connect`: there is no readiness probe at all, so
 * Kubernetes calls the pod Ready before it listens; a first TCP connect to the port that takes the requests decides,
 * before Ready only if `early`. `wait`: only Ready decides.
 */
export type ReadinessRule =
  | { readonly kind: 'probe'; readonly container: string; readonly probe: Probe }
  | { readonly kind: 'connect'; readonly early: boolean }
  | { readonly kind: 'wait' };

/** They redirect the pod's traffic through themselves, so a connect from outside says nothing about the app. */
const MESH_SIDECARS: ReadonlySet<string> = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'kuma-sidecar',
  'consul-dataplane',
  'envoy-sidecar',
  'aws-app-mesh-envoy',
]);

const WAIT: ReadinessRule = { kind: 'wait' };

/**
 * More than one container with a readiness probe waits for Ready: the proxy makes one probe a pod. So does a
 * successThreshold above 1: its author wants more than a first success.
 */
export function readinessRule(spec: RawPodSpec): ReadinessRule {
  const probed = spec.containers.filter((each) => each.readinessProbe !== undefined);
  const early = mayBeEarly(spec);
  const [container, second] = probed;
  if (container === undefined) return { kind: 'connect', early };
  if (!early || second !== undefined) return WAIT;
  const probe = probeOf(container);
  return probe === null ? WAIT : { kind: 'probe', container: container.name, probe };
}

function mayBeEarly(spec: RawPodSpec): boolean {
  return (
    (spec.readinessGates ?? []).length === 0 &&
    !(spec.initContainers ?? []).some((each) => each.restartPolicy === 'Always') &&
    !spec.containers.some((each) => each.startupProbe !== undefined || MESH_SIDECARS.has(each.name))
  );
}

function probeOf(container: RawContainer): Probe | null {
  const raw: RawProbe = container.readinessProbe ?? {};
  if ((raw.successThreshold ?? 1) > 1) return null;
  const timeoutMs = Math.min(60_000, Math.max(1, (raw.timeoutSeconds ?? 1) * 1000));
  const port = portOf(container, raw.httpGet?.port ?? raw.tcpSocket?.port);
  if (port === null) return null;
  if (raw.tcpSocket !== undefined) return { kind: 'tcp', port, timeoutMs };
  if (raw.httpGet === undefined) return null;
  const path = raw.httpGet.path || '/';
  const headers = (raw.httpGet.httpHeaders ?? []).map(({ name, value }): [string, string] => [name, value ?? '']);
  return {
    kind: raw.httpGet.scheme?.toUpperCase() === 'HTTPS' ? 'https' : 'http',
    port,
    // The kubelet takes `healthz` for `/healthz`.
    path: path.startsWith('/') ? path : `/${path}`,
    ...(headers.length === 0 ? {} : { headers }),
    timeoutMs,
  };
}

/** A name is looked up in the probe's own container only, as the kubelet does. */
function portOf(container: RawContainer, port: number | string | undefined): number | null {
  if (typeof port === 'number') return port;
  return declaredPorts([container]).find((each) => each.name === port)?.port ?? null;
}
