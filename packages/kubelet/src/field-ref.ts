/** Values of a Pod's own fields for `valueFrom.fieldRef`, by the paths the downward API knows. */
import type { Pod } from './pod.ts';

/** What the node knows better than the Pod's status, which may not be written yet. */
export interface PodAddresses {
  readonly podIp: string;
  readonly hostIp: string;
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.+)'\]$/;

/** The value, or undefined for a path that the downward API does not offer to environment variables. */
export function fieldValue(pod: Pod, path: string, { podIp, hostIp }: PodAddresses): string | undefined {
  const subscript = path.match(SUBSCRIPT);
  if (subscript !== null) {
    const entries = subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return new Map(Object.entries(entries ?? {})).get(subscript[2]!) ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? 'default';
    case 'status.podIP':
    case 'status.podIPs':
      return podIp;
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIp;
    default:
      return undefined;
  }
}
