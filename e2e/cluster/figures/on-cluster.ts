/** Takes figures on a cluster of its own with Rouse and one proxy; where that fails, its logs are kept and their folder is named. */
import { readFileSync } from 'node:fs';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster.ts';
import { type InstalledRouse, installRouse } from '../installed-rouse.ts';
import type { Figure } from './table.ts';

export async function onCluster(
  options: ClusterOptions,
  take: (cluster: Cluster, rouse: InstalledRouse) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const cluster = await startCluster({ nodes: 1, ...options });
  let failed = true;
  try {
    const rouse = await installRouse(cluster, { proxies: 1 });
    const startMs = performance.now();
    const waitedMs = cpuWaitMs();
    const figures = await take(cluster, rouse);
    const share = (cpuWaitMs() - waitedMs) / (performance.now() - startMs);
    rouse.stop();
    failed = false;
    return [...figures, ['of this time something waited for a CPU', `${(share * 100).toFixed(0)} %`]];
  } finally {
    await cluster.stop(failed);
  }
}

/** For how long something on this machine was ready to run and had no CPU (Linux: accounting/psi.rst); NaN where untold. */
function cpuWaitMs(): number {
  try {
    return Number(/^some .*total=(\d+)/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1]) / 1000;
  } catch {
    return Number.NaN;
  }
}
