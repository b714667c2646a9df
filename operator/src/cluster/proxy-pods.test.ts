import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Excuse } from '../members/member.ts';
import { type ProxyPods, proxyPods } from './proxy-pods.ts';
import { type Json, type TestApi, testApi } from './test-api.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PODS = '/api/v1/namespaces/rouse-system/pods';
const clock = manualClock();
let api: TestApi;
let watched: ProxyPods;
/** `+url` and `-url`, as the members were told. */
let told: string[];
let silentMs: number;
let excuses: Map<string, Excuse>;
let events: string[];

beforeEach(async () => {
  api = await testApi();
  told = [];
  silentMs = 0;
  excuses = new Map();
  events = [];
  const kube = connect({ server: api.url });
  const urls = new Set<string>();
  watched = proxyPods({
    kube,
    clock,
    log: { info: () => undefined, warn: () => undefined },
    events: { record: (subject, _type, reason, message) => events.push(`${subject.name} ${reason}: ${message}`) },
    members: {
      add(url) {
        urls.add(url);
        told.push(`+${url}`);
      },
      remove(url) {
        urls.delete(url);
        told.push(`-${url}`);
      },
      list: () => [...urls].map((url) => ({ url, silentMs, excuse: excuses.get(url) ?? 'none' })),
      excuse: (url, excuse) => excuses.set(url, excuse),
    },
    namespace: 'rouse-system',
    selector: 'app.kubernetes.io/name=rouse-proxy',
    adminPort: 8081,
  });
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => watched.stop(),
  );
  await watched.whenSynced;
});

const running = { state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };

function put(name: string, status: Json = {}, container: Json = running, metadata: Json = {}): void {
  api.put(`${PODS}/${name}`, {
    metadata: { uid: `uid-${name}`, ...metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'proxy', ports: [{ containerPort: 8080, name: 'http' }] }] },
    status: { phase: 'Running', podIP: '10.1.0.1', containerStatuses: [{ name: 'proxy', ...container }], ...status },
  });
}

const settled = async (...expected: string[]) => {
  await until(
    () => {
      clock.advance(20);
      return told.length >= expected.length;
    },
    `to be told ${expected.join(' ')}`,
  );
  expect(told).toEqual(expected);
};

test('a proxy Pod is a member from its address on, ready or not, and stays one while it terminates', async () => {
  put('a', { podIP: undefined, phase: 'Pending' }, {});
  put('a');
  await settled('+http://10.1.0.1:8081');
  put('a', {}, running, { deletionTimestamp: '2026-01-01T00:10:00Z' });
  put('b', { podIP: '10.1.0.2' });
  await settled('+http://10.1.0.1:8081', '+http://10.1.0.2:8081');
});

test('a proxy leaves when its Pod is gone, failed or succeeded', async () => {
  put('a');
  put('b', { podIP: '10.1.0.2' });
  put('c', { podIP: 'fd00::3' });
  const joined = ['+http://10.1.0.1:8081', '+http://10.1.0.2:8081', '+http://[fd00::3]:8081'];
  await settled(...joined);
  api.remove(`${PODS}/a`);
  await settled(...joined, '-http://10.1.0.1:8081');
  put('b', { podIP: '10.1.0.2', phase: 'Failed' });
  put('c', { podIP: 'fd00::3', phase: 'Succeeded' });
  await settled(...joined, '-http://10.1.0.1:8081', '-http://10.1.0.2:8081', '-http://[fd00::3]:8081');
});

test('a proxy whose container waits or is terminated is no member until it runs again', async () => {
  put('a', {}, { state: { waiting: { reason: 'ContainerCreating' } } });
  put('b', { podIP: '10.1.0.2' });
  await settled('+http://10.1.0.2:8081');
  put('b', { podIP: '10.1.0.2' }, { state: { terminated: { exitCode: 1 } } });
  await settled('+http://10.1.0.2:8081', '-http://10.1.0.2:8081');
  put('b', { podIP: '10.1.0.2' });
  await settled('+http://10.1.0.2:8081', '-http://10.1.0.2:8081', '+http://10.1.0.2:8081');
});

test('a new Pod with the address of an old one stays a member when the old one is removed after it', async () => {
  put('old');
  await settled('+http://10.1.0.1:8081');
  put('new');
  api.remove(`${PODS}/old`);
  put('last', { podIP: '10.1.0.9' });
  await settled('+http://10.1.0.1:8081', '+http://10.1.0.9:8081');
});

test('the admin port is the one a container calls so', async () => {
  put('a', { podIP: undefined });
  api.put(`${PODS}/b`, {
    metadata: { uid: 'uid-b' },
    spec: { containers: [{ name: 'mesh' }, { name: 'proxy', ports: [{ containerPort: 9999, name: 'admin' }] }] },
    status: {
      phase: 'Running',
      podIP: '10.1.0.2',
      containerStatuses: [{ name: 'mesh', state: { waiting: {} } }, { name: 'proxy' }],
    },
  });
  await settled('+http://10.1.0.2:9999');
});

const node = (status: string) =>
  api.put('/api/v1/nodes/node-1', { status: { conditions: [{ type: 'Ready', status }] } });
const url = 'http://10.1.0.1:8081';
const excused = async (excuse: Excuse) => {
  await until(() => {
    clock.advance(1_000);
    return excuses.get(url) === excuse;
  }, `${url} to be excused: ${excuse}`);
};

test('a proxy silent for a minute on a lost node holds up sleep alone, after five minutes nothing, with Events', async () => {
  put('a');
  node('Unknown');
  await settled(`+${url}`);
  silentMs = 60_000;
  await excused('fewer');
  expect(events).toHaveLength(1);
  silentMs = 300_000;
  await excused('zero');
  expect(events).toEqual([
    'a ProxyLost: silent for 60 s on node node-1, which is not ready: pods are removed, but the last one stays without its word',
    'a ProxyLost: silent for 300 s on node node-1, which is not ready: workloads go to sleep without its word',
  ]);
  node('True');
  await excused('none');
});

test('a silent proxy keeps its veto while its node is ready or cannot be read', async () => {
  put('a');
  node('True');
  await settled(`+${url}`);
  silentMs = 400_000;
  const reads = () => api.requests.filter((each) => each === 'GET /api/v1/nodes/node-1').length;
  const readAgain = async () => {
    const before = reads();
    await until(() => {
      clock.advance(1_000);
      return reads() >= before + 2;
    }, 'the node to be read');
  };
  await readAgain();
  api.fail(/nodes/, 403);
  await readAgain();
  expect([...excuses.values()]).toEqual([]);
  expect(events).toEqual([]);
});
