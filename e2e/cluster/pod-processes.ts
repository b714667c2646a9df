/** The processes of a pod on this machine: each carries the pod's address in its environment. */
import type { Pod } from '@rouse/kubelet';
import { processesWith } from '../processes.ts';

export function pidsOfPod(pod: Pod): number[] {
  return processesWith([`POD_IP=${pod.status?.podIP}`]);
}

/** As a crash of the program: kill -9 of all that runs in the pod. The node starts its container again. */
export function killPod(pod: Pod): void {
  for (const pid of pidsOfPod(pod)) process.kill(pid, 'SIGKILL');
}
