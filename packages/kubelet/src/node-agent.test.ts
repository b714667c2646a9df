import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { connect, type Kube } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NodeAgent, startNodeAgent } from './node-agent.ts';
import type { NodeObject } from './node-object.ts';
import { until } from './testing/until.ts';

interface Lease {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly ownerReferences: readonly { readonly uid: string }[];
  };
  readonly spec: { readonly renewTime: string; readonly leaseDurationSeconds: number; readonly holderIdentity: string };
}

/** Nodes and Leases by path, as an API keeps them; `failNext` writes get 500. */
const objects = new Map<string, object>();
const writes: string[] = [];
let failNext = 0;
let server: Server;
let kube: Kube;
let clock: ManualClock;
let agent: NodeAgent;
let version = 0;

function answer(method: string, path: string, body: { readonly metadata?: object }): [number, object] {
  if (method !== 'GET') {
    writes.push(`${method} ${path}`);
    if (failNext > 0) {
      failNext--;
      return [500, { message: 'told to fail' }];
    }
  }
  const key = method === 'POST' ? `${path}/n` : path.replace('/status', '');
  const before = objects.get(key) as { metadata?: object } | undefined;
  if (method !== 'POST' && before === undefined) return [404, { reason: 'NotFound', message: 'not found' }];
  if (method === 'GET') return [200, before ?? {}];
  const metadata = {
    uid: 'uid-of-n',
    ...before?.metadata,
    ...body.metadata,
    resourceVersion: String(++version),
  };
  objects.set(key, { ...before, ...body, metadata });
  return [method === 'POST' ? 201 : 200, objects.get(key)!];
}

beforeEach(async () => {
  objects.clear();
  writes.length = 0;
  failNext = 0;
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { pathname } = new URL(request.url ?? '', 'http://api');
    const [status, object] = answer(request.method ?? '', pathname, text === '' ? {} : (JSON.parse(text) as object));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kube = connect({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  clock = manualClock();
});
afterEach(async () => {
  agent.stop();
  await kube.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function start(): void {
  const log = { info: () => {}, warn: () => {} };
  const size = { cpus: 4, memoryBytes: 2 ** 30, leaseSeconds: 8 };
  agent = startNodeAgent({ kube, clock, log, nodeName: 'n', hostIp: '10.244.1.1', ...size });
}
const node = () => objects.get('/api/v1/nodes/n') as NodeObject | undefined;
const lease = () =>
  objects.get('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n') as Lease | undefined;
const ready = () => node()?.status?.conditions?.find(({ type }) => type === 'Ready');

test('a node registers itself, says what it has and that it is Ready, and owns a Lease', async () => {
  start();
  await until('Ready', () => ready()?.status === 'True');
  expect(node()).toMatchObject({
    metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } },
    status: { allocatable: { cpu: '4', memory: '1048576Ki', pods: '110' }, addresses: [{ address: '10.244.1.1' }, {}] },
  });
  await until('the Lease', lease);
  expect(lease()).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'Node', name: 'n', uid: 'uid-of-n' }] },
    // A MicroTime, or a real API refuses it.
    spec: { holderIdentity: 'n', leaseDurationSeconds: 8, renewTime: '2026-01-01T00:00:00.000000Z' },
  });
});

test('the Lease is renewed each quarter of its time, goes on after a failure, and no longer once the node stops', async () => {
  start();
  await until('the Lease', lease);
  clock.advance(1_999);
  expect(lease()?.spec.renewTime).toBe('2026-01-01T00:00:00.000000Z');
  clock.advance(1);
  await until('renewed', () => lease()?.spec.renewTime === '2026-01-01T00:00:02.000000Z');
  await until('written', () => ready() !== undefined);
  failNext = 1;
  await until('renewed after a failure', () => {
    clock.advance(2_000);
    return failNext === 0 && lease()!.spec.renewTime > '2026-01-01T00:00:04';
  });
  agent.stop();
  const { renewTime } = lease()!.spec;
  const before = writes.length;
  clock.advance(60_000);
  expect([lease()!.spec.renewTime, writes.length]).toEqual([renewTime, before]);
});

test('a node that is told so is not ready at once, and the time of that is kept while it stays so', async () => {
  start();
  await until('Ready', () => ready()?.status === 'True');
  clock.advance(5_000);
  agent.setReady(false);
  await until('NotReady', () => ready()?.status === 'False');
  expect(ready()).toMatchObject({ reason: 'KubeletNotReady', lastTransitionTime: '2026-01-01T00:00:05Z' });
  await until('its next sign', () => {
    clock.advance(1_000);
    return ready()?.lastHeartbeatTime !== '2026-01-01T00:00:05Z';
  });
  expect(ready()?.lastTransitionTime).toBe('2026-01-01T00:00:05Z');
});

test('an API that fails is tried again, and a node that is there already is taken over', async () => {
  const conditions = [{ type: 'NetworkUnavailable', status: 'False' }];
  objects.set('/api/v1/nodes/n', { metadata: { name: 'n', uid: 'older' }, status: { conditions } });
  failNext = 2;
  start();
  await until('Ready and a Lease', () => {
    clock.advance(500);
    return ready()?.status === 'True' && lease();
  });
  expect(writes.some((each) => each.startsWith('POST /api/v1/nodes'))).toBe(false);
  expect(node()?.status?.conditions).toContainEqual(conditions[0]);
  expect(lease()?.metadata.ownerReferences[0]?.uid).toBe('older');
});
