/** The processes of a pod on this machine: each carries the pod's address in its environment. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Pod } from '@rouse/kubelet';

export function pidsOfPod(pod: Pod): number[] {
  const wanted = `POD_IP=${pod.status?.podIP}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(wanted));
}

/** As a crash of the program: kill -9 of all that runs in the pod. The node starts its container again. */
export function killPod(pod: Pod): void {
  for (const pid of pidsOfPod(pod)) process.kill(pid, 'SIGKILL');
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
