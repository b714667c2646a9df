/** The little that is kept of a proxy's pod: where its admin port is, and whether its container may run. */
import { isIPv6 } from 'node:net';
import type { RawPod } from './api-shapes.ts';
import { declaredPorts } from './declared-ports.ts';

export interface ProxyPodRecord {
  readonly uid: string;
  readonly name: string;
  readonly nodeName: string | null;
  /** Admin URL; null before the pod has an address. */
  readonly url: string | null;
  /** Failed or Succeeded: nothing of it will ever run again. */
  readonly ended: boolean;
  /** The API does not show its container waiting or terminated. Readiness and deletion say nothing about that. */
  readonly mayRun: boolean;
}

/** Name of the container port that the control API listens on. */
const ADMIN_PORT_NAME = 'admin';

/** @param adminPort where no container names a port `admin` */
export function projectProxyPod(raw: RawPod, adminPort: number): ProxyPodRecord | null {
  const { metadata, spec, status } = raw;
  if (spec === undefined) return null;
  const admin = declaredPorts(spec.containers).find((each) => each.name === ADMIN_PORT_NAME);
  const container = admin?.container ?? spec.containers[0]?.name;
  const state = status?.containerStatuses?.find((each) => each.name === container)?.state;
  const address = status?.podIP || null;
  const host = address !== null && isIPv6(address) ? `[${address}]` : address;
  return {
    uid: metadata.uid,
    name: metadata.name,
    nodeName: spec.nodeName || null,
    url: host === null ? null : `http://${host}:${admin?.port ?? adminPort}`,
    ended: status?.phase === 'Failed' || status?.phase === 'Succeeded',
    mayRun: state?.waiting === undefined && state?.terminated === undefined,
  };
}
