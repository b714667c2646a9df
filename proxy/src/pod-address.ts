/** Which addresses pods may have: never this machine's own services, unless it is the machine of `rouse dev`. */
import { type Problem, parseIp, type WorkloadEntry } from '@rouse/contract';

/** Loopback, link-local (cloud metadata lives there), multicast, broadcast and unspecified addresses. */
export function isLocalAddress(address: string): boolean {
  const ip = parseIp(address);
  if (ip === null) return true;
  if (ip.family === 4) {
    const first = Number(ip.value >> 24n);
    return first === 0 || first === 127 || first >= 224 || ip.value >> 16n === 0xa9fen;
  }
  // `::` and `::1`, with all of the deprecated IPv4-compatible block; fe80::/10; ff00::/8.
  return ip.value >> 32n === 0n || ip.value >> 118n === 0x3fan || ip.value >> 120n === 0xffn;
}

/** @param at key of the entry within the body, empty or with a dot at its end */
export function podAddressProblem(entry: WorkloadEntry, at: string): Problem | null {
  for (const [index, pod] of entry.pods.entries()) {
    if (!isLocalAddress(pod.address)) continue;
    return {
      source: 'body',
      key: `${at}pods[${index}].address`,
      value: pod.address,
      allowed: 'an address that is not loopback, link-local, multicast or unspecified',
      fix: 'Give the pod an address of its own, or start the proxy with --allow-local-pods where pods are processes of this machine.',
      severity: 'error',
    };
  }
  return null;
}
