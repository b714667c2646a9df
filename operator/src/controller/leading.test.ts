import type { WorkloadEntry } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled } from './controller-fixture.ts';
import { KEY } from './played-proxy.ts';

afterEach(closeAll);

test('a new leader keeps pods closed that an earlier one closed, until they are proven to stay', async () => {
  const o = await controlled({
    replicas: 1,
    epoch: 4,
    prepare(api, [proxy]) {
      api.put('/api/v1/namespaces/default/pods/web-a', pod());
      proxy!.applied = { epoch: 3, generation: 9 };
      proxy!.entry = { ...entryOf('closed') };
    },
  });
  expect(o.proxy.received[0]?.path).toBe('/v1/workloads');
  expect(o.proxy.entry?.pods.map((each) => each.phase)).toEqual(['closed']);
  const ledMs = o.clock.nowMs();
  await o.when(() => o.proxy.entry?.pods[0]?.phase === 'ready', 'open');
  expect(o.clock.nowMs() - ledMs).toBeGreaterThan(2_500);
  expect(o.api.requests).toContain('GET /api/v1/namespaces/default/pods/web-a');
});

test('a pod that one proxy has open was never to go: nothing is closed', async () => {
  const o = await controlled({
    replicas: 1,
    epoch: 4,
    proxies: 2,
    prepare(api, proxies) {
      api.put('/api/v1/namespaces/default/pods/web-a', pod());
      for (const proxy of proxies) proxy.applied = { epoch: 3, generation: 9 };
      proxies[0]!.entry = entryOf('closed');
      proxies[1]!.entry = entryOf('armed');
    },
  });
  expect(o.proxies.map((proxy) => proxy.entry?.pods[0]?.phase)).toEqual(['ready', 'ready']);
});

test('without a Lease that stands for two seconds more nothing is pushed and no pod is taken away', async () => {
  const o = await controlled({ replicas: 1 });
  o.pods('web-a');
  await o.when(() => o.proxy.entry?.pods.length === 1, 'the pod');
  o.lease.validMs = 1_999;
  const pushes = o.proxy.received.length;
  await o.pass(12_000);
  expect(o.proxy.received.length).toBe(pushes);
  expect(o.patches()).toEqual([]);
  o.lease.validMs = 15_000;
  await o.when(() => o.replicas() === 0, 'zero');
});

test('a proxy that obeys a higher epoch stops all pushes; with the Lease still ours it is tried again', async () => {
  const o = await controlled({ replicas: 1 });
  o.pods('web-a');
  await o.when(() => o.proxy.entry?.pods.length === 1, 'the pod');
  o.proxy.applied = { epoch: 9, generation: 1 };
  await o.when(() => !o.controller.leading, 'fenced');
  const pushes = o.proxy.received.length;
  await o.pass(3_000);
  expect(o.proxy.received.length).toBe(pushes);
  // Thirty seconds without a sign of the higher epoch, and the proxy takes the lower one.
  o.proxy.applied = { epoch: 0, generation: 0 };
  await o.when(() => o.controller.leading && o.proxy.applied.epoch === 1, 'leading again');
});

test('what was opted out while another led is not routed again by a second leadership', async () => {
  const o = await controlled({ replicas: 1 });
  o.pods('web-a');
  await o.when(() => o.proxy.entry?.pods.length === 1, 'the pod');
  o.lease.epoch = null;
  o.controller.follow();
  o.annotate({ 'rouse.dev/enabled': 'false' });
  await o.when(() => o.controller.get(KEY) === undefined, 'forgotten');
  o.lease.epoch = 3;
  void o.controller.lead(3);
  await o.when(() => o.proxy.applied.epoch === 3, 'the table');
  expect(o.proxy.entry).toBe(null);
});

test('a proxy that was never heard keeps every pod, since it may serve by an earlier table', async () => {
  const o = await controlled({
    replicas: 1,
    proxies: 2,
    prepare(_, proxies) {
      proxies[1]!.answers = false;
      void proxies[1]!.stop();
    },
  });
  o.pods('web-a');
  await o.pass(15_000);
  expect(o.patches()).toEqual([]);
  expect(o.workload().decision?.record.inputs).toMatchObject({ demand: 0 });
});

test('a proxy silent for a minute is told to the owners of what cannot sleep for it', async () => {
  const o = await controlled({ replicas: 1, proxies: 2 });
  o.pods('web-a');
  await o.when(() => o.proxies.every((proxy) => proxy.entry?.pods.length === 1), 'the pod');
  await o.proxies[1]!.stop();
  o.proxies[1]!.answers = false;
  await o.pass(61_000);
  await o.when(() => o.said('RouseProxySilent').length === 1, 'a Warning');
  expect(o.replicas()).toBe(1);
});

const uid = 'uid-/api/v1/namespaces/default/pods/web-a';

function entryOf(phase: 'armed' | 'closed') {
  const pods = [{ uid, name: 'web-a', address: '10.0.0.5', port: 8080, phase, probe: null }];
  return { key: KEY, generation: 9, pods } as unknown as WorkloadEntry;
}

function pod() {
  const owner = 'uid-/apis/apps/v1/namespaces/default/replicasets/web-1';
  return {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: owner, controller: true }],
    },
    spec: {
      nodeName: 'node',
      containers: [{ name: 'app', ports: [{ containerPort: 8080 }], readinessProbe: { exec: {} } }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.5',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' }],
    },
  };
}
