/** A cluster with Rouse on it as the cases see it that run on `rouse dev` too. */
import type { Pod } from '@rouse/kubelet';
import { commandLine } from '../processes.ts';
import type { System } from '../system.ts';
import type { Cluster } from './cluster.ts';
import type { InstalledRouse } from './installed-rouse.ts';
import { pidsOfPod } from './pod-processes.ts';

export function clusterSystem({ kube, plane, appLogFile }: Cluster, rouse: InstalledRouse): System {
  return {
    kube,
    kubectlFlags: ['--kubeconfig', plane.adminKubeconfig],
    appLogFile,
    port: rouse.port,
    operator: rouse.operator,
    operatorPid: () => pidOf(rouse.operatorPods()[0], 'rouse-operator'),
    proxies: async () =>
      rouse
        .proxyPods()
        .map((pod) => ({ address: pod.status?.podIP ?? '', port: 8080, pid: pidOf(pod, 'rouse-proxy') })),
  };
}

function pidOf(pod: Pod | undefined, title: string): number {
  const pid = (pod === undefined ? [] : pidsOfPod(pod)).find((each) => commandLine(each).includes(title));
  if (pid === undefined) throw new Error(`no ${title} runs`);
  return pid;
}
