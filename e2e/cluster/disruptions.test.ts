/** What goes on in clusters while requests are answered: rollouts, scale-downs, and parts that die. No request may fail. */
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { deployments } from './deployments.ts';
import { killPod } from './pod-processes.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: { podDeletionCost: true } });
const { create, get, settled, livePods } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const host = (name: string): string => `${name}.default.example.com`;
const state = async (name: string): Promise<string | undefined> => (await rouse().workload(name))?.state;
const known = (name: string): Promise<unknown> => until(() => state(name), `${name} is known`, 30_000);
/** What `rouse lint` asks for: pods that others remove go on until everybody knows. */
const lasting = { container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } } };

test('a rolling update under load loses no request', async () => {
  const annotations = { ...window, 'autoscaling.knative.dev/min-scale': '2' };
  const app = { name: 'rolled', annotations, ...lasting };
  await create({ ...app, env: { VERSION: '1' }, replicas: 2 });
  await known('rolled');
  const load = startLoad({ port: rouse().port, host: host('rolled'), path: '/?ms=50', name: 'roll', atOnce: 8 });
  await until(() => load.outcomes.length > 50, 'some requests');
  const { generation = 0 } = (await get('rolled')).metadata;
  await cluster().apply(...[await rolledTo('2')]);
  await until(
    async () => {
      const { metadata, status } = await get('rolled');
      const replicas = status?.replicas ?? 0;
      return (
        metadata.generation! > generation && status?.updatedReplicas === replicas && status.readyReplicas === replicas
      );
    },
    'the rollout is done',
    60_000,
  );
  const done = load.outcomes.length;
  await until(() => load.outcomes.length > done + 50, 'some more');
  expect(failed(await load.stop())).toEqual([]);

  async function rolledTo(version: string): Promise<object> {
    const { spec } = await get('rolled');
    const { template, selector } = spec as unknown as Template;
    const [container] = template.spec.containers;
    const env = container.env.map((each) => (each.name === 'VERSION' ? { ...each, value: version } : each));
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'rolled', annotations: { 'rouse.dev/enabled': 'true', ...annotations } },
      spec: { selector, template: { ...template, spec: { ...template.spec, containers: [{ ...container, env }] } } },
    };
  }
});

interface Template {
  readonly selector: object;
  readonly template: {
    readonly spec: {
      readonly containers: [{ readonly env: readonly { readonly name: string; readonly value?: string }[] }];
    };
  };
}

test('a scale-down under load removes only pods that are empty, however long requests take', async () => {
  const annotations = {
    ...window,
    'autoscaling.knative.dev/target': '2',
    'autoscaling.knative.dev/target-utilization-percentage': '100',
  };
  await create({ name: 'shrinks', annotations, env: { EXIT_ON_SIGTERM_AT_ONCE: '1' } });
  await known('shrinks');
  const load = startLoad({ port: rouse().port, host: host('shrinks'), path: '/?ms=2500', name: 'shrink', atOnce: 10 });
  await until(async () => (await livePods('shrinks')).length >= 5, 'five pods', 30_000);
  load.setAtOnce(2);
  await until(async () => (await livePods('shrinks')).length === 1, 'one pod', 60_000);
  expect(failed(await load.stop())).toEqual([]);
  await settled('shrinks', 0, 60_000);
});

test('the API server killed and started again: requests go on, and what was asleep is woken once it is back', async () => {
  await create({ name: 'goes-on', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '1' }, replicas: 1 });
  await create({ name: 'sleeps-on', annotations: window });
  await known('goes-on');
  await known('sleeps-on');
  await settled('goes-on', 1);
  const load = startLoad({ port: rouse().port, host: host('goes-on'), path: '/?ms=20', name: 'on', atOnce: 4 });
  await until(() => load.outcomes.length > 20, 'some requests');
  await cluster().plane.apiServer.stop('SIGKILL');
  const held = request(rouse().port, host('sleeps-on'), '/');
  const done = load.outcomes.length;
  await until(() => load.outcomes.length > done + 200, 'requests without an API server');
  await cluster().plane.restartApiServer();
  expect((await held).status).toBe(200);
  expect(failed(await load.stop())).toEqual([]);
});

async function restarts(pod: Pod): Promise<number | undefined> {
  const now = await cluster().get<Pod>(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`);
  return now.status?.containerStatuses?.[0]?.restartCount;
}

test('the operator killed: requests go on, and one that comes meanwhile is answered once it is back', async () => {
  await create({ name: 'waits', annotations: window });
  await known('waits');
  const load = startLoad({ port: rouse().port, host: host('goes-on'), path: '/?ms=20', name: 'op', atOnce: 4 });
  await until(() => load.outcomes.length > 20, 'some requests');
  const [operator] = rouse().operatorPods();
  killPod(operator!);
  const answer = await request(rouse().port, host('waits'), '/');
  expect(answer.status).toBe(200);
  expect(failed(await load.stop())).toEqual([]);
  expect(await restarts(operator!)).toBe(1);
});

test('a proxy killed: the other one answers, the killed one comes back, and everything sleeps again', async () => {
  await create({ name: 'either', annotations: window });
  await until(async () => (await state('either')) === 'asleep', 'asleep', 30_000);
  const [first] = rouse().proxyPods();
  killPod(first!);
  const answer = await request(rouse().proxyPorts[1]!, host('either'), '/');
  expect(answer.status).toBe(200);
  await until(async () => (await restarts(first!)) === 1, 'it is started again');
  await until(() => rouse().proxyPods().length === 2, 'both Ready again', 30_000);
  await settled('either', 0, 90_000);
});
