/** ServiceAccount tokens that rotate: the operator goes on with the newest, also when the old ones count no more. */
import { readFileSync } from 'node:fs';
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { apiWrites, OPERATOR_USER } from './audit.ts';
import { pidsOfPod } from './pod-processes.ts';
import { clusterSuite } from './suite.ts';

/** A token of the API server lives ten minutes at least; a kubelet may ask for the next one at any time. */
const { cluster, rouse, system } = clusterSuite({ node: { tokenRefreshMs: 2_000 }, rouse: { proxies: 1 } });
const { create, settled } = deployments(cluster);
const { known } = hands(system);
const window = { 'autoscaling.knative.dev/window': '6s' };

/** Every token that the operator has written with. */
function credentials(): ReadonlySet<string> {
  const own = apiWrites(cluster().plane).filter(({ user, status }) => user === OPERATOR_USER && status < 400);
  return new Set(own.map(({ credential }) => credential));
}

test('a proxy has no token of Kubernetes at all', () => {
  for (const pod of rouse().proxyPods()) {
    expect(pod.spec.volumes?.map(({ name }) => name)).toEqual(['control-token']);
    for (const pid of pidsOfPod(pod)) {
      expect(readFileSync(`/proc/${pid}/mounts`, 'utf8')).not.toContain('kubernetes.io/serviceaccount');
    }
  }
});

test('all tokens of before refused at once: the operator takes up its new one without a restart, and wakes go on', async () => {
  await create({ name: 'app', annotations: window });
  await known('app');
  const [first, ...others] = await until(() => {
    const all = [...credentials()];
    return all.length > 0 && all;
  }, 'a write');
  expect([first !== '', others]).toEqual([true, []]);
  const { plane } = cluster();
  plane.replaceTokenKey();
  await plane.apiServer.stop('SIGKILL');
  await plane.restartApiServer();
  const startedMs = performance.now();
  const answer = await request(rouse().port, 'app.default.example.com', '/');
  expect(answer.status).toBe(200);
  console.log(`figure: every token refused: a wake answered ${Math.round(performance.now() - startedMs)} ms later`);
  expect([...credentials()].filter((each) => each !== first).length).toBeGreaterThan(0);
  await settled('app', 0, 60_000);
  const [pod] = rouse().operatorPods();
  const now = await cluster().get<Pod>(`/api/v1/namespaces/rouse-system/pods/${pod!.metadata.name}`);
  expect(now.status?.containerStatuses?.[0]?.restartCount).toBe(0);
});
