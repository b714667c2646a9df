/** The test cluster itself: what a real control plane decides is done by the nodes, and told as kubelets tell it. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { clusterSuite } from './suite.ts';

const { cluster } = clusterSuite();
const { create, get, pods, livePods, scale, settled } = deployments(cluster);

const condition = (pod: Pod | undefined, type: string) => pod?.status?.conditions?.find((each) => each.type === type);
/** Moves away from a lost node at once instead of after five minutes. */
const impatient = {
  tolerations: ['not-ready', 'unreachable'].map((what) => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 0,
  })),
};

test('a Deployment gets its pods run on both nodes, each on an address of its own, and becomes Ready', async () => {
  await create({ name: 'hello', replicas: 4 });
  await settled('hello', 4);
  const all = await pods('hello');
  expect(new Set(all.map((pod) => pod.spec.nodeName))).toEqual(new Set(['node-1', 'node-2']));
  expect(new Set(all.map((pod) => pod.status?.podIP)).size).toBe(4);
  for (const pod of all) {
    const answer = await fetch(`http://${pod.status?.podIP}:8080/`);
    expect(await answer.text()).toBe(`${pod.metadata.name}\n`);
  }
});

interface EndpointSlice extends KubeObject {
  readonly endpoints: readonly { readonly addresses: readonly string[]; readonly conditions: { ready: boolean } }[];
}

test('its Service has the pods for endpoints, and loses them at scale 0', async () => {
  await cluster().apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hello' },
    spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  const addresses = async (): Promise<string[]> => {
    const labelSelector = 'kubernetes.io/service-name=hello';
    const slices = await cluster().list<EndpointSlice>('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      labelSelector,
    });
    const ready = slices.flatMap((slice) => slice.endpoints ?? []).filter((each) => each.conditions.ready);
    return ready.flatMap((each) => each.addresses).sort();
  };
  await until(async () => (await addresses()).length === 4, 'four endpoints');
  expect(await addresses()).toEqual((await pods('hello')).map((pod) => pod.status?.podIP).sort());
  await scale('hello', 0);
  await settled('hello', 0);
  await until(async () => (await addresses()).length === 0, 'no endpoint');
  expect(
    cluster()
      .appLog()
      .filter(({ event }) => event === 'sigterm'),
  ).toHaveLength(4);
});

test('the token of a pod is that of its ServiceAccount, and may do nothing that was not granted', async () => {
  const { plane } = cluster();
  const review = await plane.kube.request<{ status: { allowed: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'system:serviceaccount:default:default',
        resourceAttributes: { namespace: 'default', resource: 'pods', verb: 'list' },
      },
    },
  });
  expect(review.ok && review.value.status.allowed).toBe(false);
});

test('a pod that no node has room for is Unschedulable', async () => {
  const resources = { requests: { cpu: '1000' } };
  await create({ name: 'huge', replicas: 1, container: { resources } });
  const pod = await until(async () => {
    const [only] = await pods('huge');
    return condition(only, 'PodScheduled')?.status === 'False' ? only : undefined;
  }, 'the scheduler tells');
  expect(condition(pod, 'PodScheduled')).toMatchObject({
    reason: 'Unschedulable',
    message: expect.stringContaining('Insufficient cpu'),
  });
  await scale('huge', 0);
});

test('an image that is nowhere keeps its pod waiting, as does a name that is none', async () => {
  await create({ name: 'no-image', replicas: 1, container: { image: 'registry.example.com/does-not-exist:1' } });
  await create({ name: 'bad-name', replicas: 1, container: { image: 'Not A Name' } });
  const waiting = async (name: string): Promise<string | undefined> =>
    (await pods(name))[0]?.status?.containerStatuses?.[0]?.state.waiting?.reason;
  await until(async () => (await waiting('no-image')) === 'ErrImagePull', 'ErrImagePull');
  await until(async () => (await waiting('no-image')) === 'ImagePullBackOff', 'ImagePullBackOff');
  await until(async () => (await waiting('bad-name')) === 'InvalidImageName', 'InvalidImageName');
  for (const name of ['no-image', 'bad-name']) await scale(name, 0);
  for (const name of ['no-image', 'bad-name']) await settled(name, 0);
});

test('a node that says it is not ready gets no new pods, and those it has go on', async () => {
  await create({ name: 'two', replicas: 2 });
  await settled('two', 2);
  const [first] = cluster().nodes;
  first!.setReady(false);
  await until(async () => {
    const node = await cluster().get<Node>(`/api/v1/nodes/${first!.name}`);
    return node.spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready');
  }, 'the taint');
  await scale('two', 5);
  await settled('two', 5);
  const here = (await pods('two')).filter((pod) => pod.spec.nodeName === first!.name);
  expect(here).toHaveLength(1);
  first!.setReady(true);
  await scale('two', 0);
  await settled('two', 0);
});

interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
}

test('pods of a lost node are replaced on the other one, and their objects go when it comes back', async () => {
  await create({ name: 'survivor', replicas: 2 }, impatient);
  await settled('survivor', 2);
  const lost = cluster().nodes[1]!;
  await lost.lose();
  // Its own kubelet cannot say so any more: the node controller does.
  await until(
    async () => {
      const there = (await pods('survivor')).filter((pod) => pod.spec.nodeName === lost.name);
      return there.length === 1 && there.every((pod) => condition(pod, 'Ready')?.status === 'False');
    },
    'its pod is unready',
    30_000,
  );
  await until(
    async () => {
      const live = await livePods('survivor');
      return live.length === 2 && live.every((pod) => pod.spec.nodeName === 'node-1');
    },
    'both pods on the node that is left',
    60_000,
  );
  await until(async () => (await get('survivor')).status?.readyReplicas === 2, 'both ready');
  expect((await pods('survivor')).length).toBe(3);
  await cluster().addNode({ number: 2 });
  await settled('survivor', 2);
});
