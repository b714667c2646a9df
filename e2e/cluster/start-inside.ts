/** The part of `npm run cluster` inside of the network namespace: the cluster, and Rouse on it from its manifests. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import { installRouse } from './installed-rouse.ts';
import { deployFolder } from './rouse-manifests.ts';
import { relaySockets } from './socket-relay.ts';

const [folder, nodes, bare] = process.argv.slice(2);
const manifest = join(deployFolder, 'rouse.yaml');

const startedMs = performance.now();
const cluster = await startCluster({ folder: folder!, nodes: Number(nodes) });
const { hostname, port } = new URL(cluster.plane.server);
await relaySockets({ path: join(folder!, 'api.sock') }, () => ({ host: hostname, port: Number(port) }));
console.log(`Kubernetes is ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`);

if (bare === undefined && existsSync(manifest)) {
  const rouse = await installRouse(cluster);
  await relaySockets({ path: join(folder!, 'proxy.sock') }, () => rouse.proxyAddress());
  await relaySockets({ path: join(folder!, 'operator.sock') }, () => rouse.operatorAddress());
  console.log('Rouse is ready.');
} else if (bare === undefined) console.log(`There is no ${manifest}: the cluster is without Rouse.`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void cluster.stop().then(() => process.exit(0));
  });
}
// Read by the outside: everything is in its place.
writeFileSync(join(folder!, 'ready'), '');
