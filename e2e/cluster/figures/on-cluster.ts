/** Takes figures on a cluster of its own with Rouse and one proxy; where that fails, its logs are kept and their folder is named. */
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
    const figures = await take(cluster, rouse);
    rouse.stop();
    failed = false;
    return figures;
  } finally {
    await cluster.stop(failed);
  }
}
