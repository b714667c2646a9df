/** The documented commands by kubectl itself: one file applied, then the overlay for high availability, which loses a node. */
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { afterAll, expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { findKubectl } from '../kubectl.ts';
import { freePorts } from '../ports.ts';
import { run } from '../processes.ts';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { clusterSystem } from './cluster-system.ts';
import { findRouse, type InstalledRouse } from './installed-rouse.ts';
import { deployFolder, NAMESPACE } from './rouse-manifests.ts';
import { relaySockets } from './socket-relay.ts';
import { clusterSuite } from './suite.ts';

const { cluster } = clusterSuite({ nodes: 3 });
const { create, livePods, settled } = deployments(cluster);
const { known } = hands(() => clusterSystem(cluster(), rouse!));
const window = { 'autoscaling.knative.dev/window': '6s' };
const host = (name: string): string => `${name}.default.example.com`;
const kubectl = findKubectl();
const nodeOf = ({ spec }: Pod): string => spec.nodeName ?? '';
let rouse: InstalledRouse | undefined;
afterAll(() => rouse?.stop());

async function runKubectl(...args: string[]): Promise<void> {
  const { code, stderr } = await run(kubectl!, args, { KUBECONFIG: cluster().plane.adminKubeconfig });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

test.skipIf(kubectl === undefined)('kubectl apply -f of one file, kubectl scale, and back to zero', async () => {
  await runKubectl('apply', '-f', join(deployFolder, 'rouse.yaml'));
  await runKubectl('rollout', 'status', '-n', NAMESPACE, 'deployment/rouse-proxy', '--timeout=60s');
  rouse = await findRouse(cluster(), { proxies: 2, operators: 1 });
  await create({ name: 'hello', annotations: window });
  await known('hello');
  expect((await request(rouse.port, host('hello'), '/')).status).toBe(200);
  await runKubectl('scale', 'deployment/hello', '--replicas=3');
  await settled('hello', 3);
  await settled('hello', 0, 60_000);
});

test.skipIf(kubectl === undefined)(
  'kubectl apply -k of high availability over it: every proxy on a node of its own, and two operators',
  async () => {
    // What `rouse lint` asks for: pods that others remove go on until everybody knows.
    const container = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };
    await create({ name: 'always', annotations: { ...window, 'rouse.dev/min-scale': '2' }, container });
    await settled('always', 2);
    const load = startLoad({ port: rouse!.port, host: host('always'), path: '/?ms=20', name: 'upgrade', atOnce: 4 });
    await runKubectl('apply', '-k', join(deployFolder, 'overlays/high-availability'));
    for (const name of ['rouse-operator', 'rouse-proxy']) {
      await runKubectl('rollout', 'status', '-n', NAMESPACE, `deployment/${name}`, '--timeout=100s');
    }
    expect(failed(await load.stop())).toEqual([]);
    rouse!.stop();
    rouse = await findRouse(cluster(), { proxies: 3, operators: 2 });
    expect(rouse.proxyPods().map(nodeOf).sort()).toEqual(['node-1', 'node-2', 'node-3']);
    expect(new Set(rouse.operatorPods().map(nodeOf)).size).toBe(2);
  },
);

test.skipIf(kubectl === undefined)(
  'kubectl drain of a node under load takes its proxy and its pods with it, and no request fails',
  async () => {
    const node = nodeOf((await livePods('always'))[0]!);
    const load = startLoad({ port: rouse!.port, host: host('always'), path: '/?ms=50', name: 'drain', atOnce: 6 });
    await until(() => load.outcomes.length > 50, 'some requests');
    await runKubectl('drain', node, '--delete-emptydir-data', '--ignore-daemonsets', '--timeout=90s');
    expect(rouse!.proxyPods().map(nodeOf)).not.toContain(node);
    const done = load.outcomes.length;
    await until(() => load.outcomes.length > done + 50, 'some more');
    expect(failed(await load.stop())).toEqual([]);
    await runKubectl('uncordon', node);
    await until(() => rouse!.proxyPods().length === 3 && rouse!.operatorPods().length === 2, 'all Ready again', 60_000);
    await settled('always', 2);
  },
);

test.skipIf(kubectl === undefined)(
  'the node of the leading operator and of a proxy is lost: the others go on, and what sleeps is woken',
  async () => {
    const { spec } = await cluster().get<KubeObject & { spec: { holderIdentity: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/rouse-operator`,
    );
    const leader = rouse!.operatorPods().find(({ metadata }) => spec.holderIdentity.includes(metadata.uid))!;
    const proxy = rouse!.proxyPods().find((pod) => nodeOf(pod) !== nodeOf(leader))!;
    const [port] = (await freePorts(1)) as [number];
    const to = { host: proxy.status!.podIP!, port: 8080 };
    const relay = await relaySockets({ host: '127.0.0.1', port }, () => to);
    await create({ name: 'sleeper', annotations: window });
    await known('sleeper');
    const load = startLoad({ port, host: host('always'), path: '/?ms=20', name: 'lost', atOnce: 6 });
    await until(() => load.outcomes.length > 100, 'some requests');
    const onLost = (await livePods('always')).filter((pod) => nodeOf(pod) === nodeOf(leader)).length;
    await cluster()
      .nodes.find(({ name }) => name === nodeOf(leader))!
      .lose();
    const lostMs = performance.now();
    expect((await request(port, host('sleeper'), '/')).status).toBe(200);
    const wokenMs = Math.round(performance.now() - lostMs);
    const lost = failed(await load.stop());
    console.log(
      `figure: node of the leader lost: woken ${wokenMs} ms later; of ${load.outcomes.length} requests ` +
        `${lost.length} failed, with ${onLost} of 2 pods on that node`,
    );
    expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(6);
    relay.close();
  },
);
