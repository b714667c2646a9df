/** Gives a pod's spec ports of its own: every pod here shares one address, so two of them cannot share a number. */
import { cloneJson, isObject, type JsonObject } from '../json.ts';
import type { Container, PodSpec } from '../objects.ts';

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'];
const CHECKS = ['httpGet', 'tcpSocket', 'grpc'];

function containersOf(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** How many ports of its own a pod needs. */
export function countPorts(spec: PodSpec): number {
  return declaredPorts(spec).length;
}

/** Containers of a pod share its network, so a number declared twice is one port. */
function declaredPorts(spec: PodSpec): number[] {
  const ports = containersOf(spec).flatMap((container) => container.ports ?? []);
  return [...new Set(ports.map((port) => port.containerPort))];
}

/**
 * The spec with every containerPort replaced, and every probe and lifecycle port that names one, by number or name.
 * A probe of a port that is not declared keeps it.
 * @param free at least `countPorts(spec)` ports
 */
export function withOwnPorts(spec: PodSpec, free: readonly number[]): PodSpec {
  const ports = new Map(declaredPorts(spec).map((declared, index) => [declared, free[index] ?? declared]));
  const own = cloneJson(spec);
  for (const container of containersOf(own)) {
    const named = new Map((container.ports ?? []).map((port) => [port.name, ports.get(port.containerPort)]));
    for (const port of container.ports ?? []) {
      port.containerPort = ports.get(port.containerPort) ?? port.containerPort;
      delete port.hostPort;
    }
    for (const check of checksOf(container)) {
      const { port } = check;
      const written = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
      const mine = typeof written === 'number' ? ports.get(written) : named.get(String(written));
      if (mine !== undefined) check.port = mine;
    }
  }
  return own;
}

/** Everything in a container that dials one of its ports. */
function checksOf(container: Container): JsonObject[] {
  const lifecycle = isObject(container.lifecycle) ? Object.values(container.lifecycle) : [];
  const handlers = [...PROBES.map((name) => container[name]), ...lifecycle].filter(isObject);
  return handlers.flatMap((handler) => CHECKS.map((name) => handler[name]).filter(isObject));
}
