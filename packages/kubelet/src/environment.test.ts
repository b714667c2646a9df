import { availableParallelism } from 'node:os';
import { connect, type Kube } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentOf } from './environment.ts';
import type { Container, Pod } from './pod.ts';
import { type PodApi, startPodApi } from './testing/pod-api.ts';

let api: PodApi;
let kube: Kube;
beforeEach(async () => {
  api = await startPodApi();
  kube = connect({ server: api.url });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

const BASE = {
  PATH: '/bin',
  HOME: '/home/x',
  LANG: 'C',
  ROUSE_CONTROL_TOKEN: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

async function resultOf(container: Partial<Container>, others: readonly Container[] = []) {
  const main = { name: 'main', ...container };
  const pod: Pod = {
    ...api.create('app', { containers: [main, ...others] }, { 'note/x': 'hello' }),
  };
  const source = {
    kube,
    addresses: { podIp: '10.0.0.7', hostIp: '10.0.0.1' },
    node: { cpus: availableParallelism(), memoryBytes: 2 ** 30 },
    baseEnv: BASE,
  };
  return environmentOf(source, pod, main);
}

async function environment(container: Partial<Container>, others: readonly Container[] = []) {
  const result = await resultOf(container, others);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

test('a process gets PATH, HOME, TMPDIR and LANG of the machine where set, the address, and nothing else of ours', async () => {
  const { all, references } = await environment({});
  expect(all).toEqual({ PATH: '/bin', HOME: '/home/x', LANG: 'C', HOST: '10.0.0.7', POD_IP: '10.0.0.7' });
  expect(references.has('PATH')).toBe(false);
});

test('PORT is the first containerPort, of the container itself or else of the pod, and the manifest wins over all three', async () => {
  const ports = [{ containerPort: 8080 }, { containerPort: 9090 }];
  expect((await environment({ ports })).all.PORT).toBe('8080');
  const sidecar = { name: 'sidecar', ports: [{ containerPort: 7000 }] };
  expect((await environment({}, [sidecar])).all.PORT).toBe('7000');
  expect((await environment({ ports }, [sidecar])).all.PORT).toBe('8080');
  const env = ['PORT', 'HOST', 'POD_IP', 'PATH'].map((name) => ({ name, value: 'mine' }));
  expect((await environment({ ports, env })).all).toMatchObject({
    PORT: 'mine',
    HOST: 'mine',
    POD_IP: 'mine',
    PATH: 'mine',
  });
});

test('a value may name earlier ones and PORT, and not later ones', async () => {
  const env = [
    { name: 'URL', value: 'http://$(HOST):$(PORT)/$(LATER)' },
    { name: 'LATER', value: 'x' },
    { name: 'COPY', value: '$(URL)?$$(LATER)' },
    { name: 'EMPTY' },
  ];
  const { all } = await environment({ ports: [{ containerPort: 80 }], env });
  expect(all.COPY).toBe('http://10.0.0.7:80/$(LATER)?$(LATER)');
  expect(all.EMPTY).toBe('');
});

test('Secret and ConfigMap keys and whole objects become variables, env over envFrom, later over earlier', async () => {
  api.objects.set('secrets/s', { data: { token: Buffer.from('geheim é').toString('base64'), 'tls.crt': 'Zm9v' } });
  api.objects.set('configmaps/c', { data: { a: '1', b: '2', __proto__x: 'odd' } });
  const { all } = await environment({
    envFrom: [{ configMapRef: { name: 'c' } }, { prefix: 'S_', secretRef: { name: 's' } }],
    env: [
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'token' } } },
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'a' } } },
      { name: 'b', value: 'over $(b)' },
    ],
  });
  expect(all).toMatchObject({
    TOKEN: 'geheim é',
    A: '1',
    a: '1',
    b: 'over 2',
    S_token: 'geheim é',
    'S_tls.crt': 'foo',
    __proto__x: 'odd',
  });
});

test('fields of the pod and resources become variables', async () => {
  const paths = {
    NAME: 'metadata.name',
    NAMESPACE: 'metadata.namespace',
    UID: 'metadata.uid',
    LABEL: "metadata.labels['app']",
    NONE: "metadata.labels['none']",
    NOTE: "metadata.annotations['note/x']",
    NODE: 'spec.nodeName',
    ACCOUNT: 'spec.serviceAccountName',
    IP: 'status.podIP',
    IPS: 'status.podIPs',
    HOST_IP: 'status.hostIP',
  };
  const env = Object.entries(paths).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } }));
  const resource = { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } };
  const { all } = await environment({ env: [...env, resource] });
  expect(all).toMatchObject({
    NAME: 'app',
    NAMESPACE: 'default',
    UID: api.pod('app')!.metadata.uid,
    LABEL: 'test',
    NONE: '',
    NOTE: 'hello',
    NODE: 'here',
    ACCOUNT: 'default',
    IP: '10.0.0.7',
    IPS: '10.0.0.7',
    HOST_IP: '10.0.0.1',
    CPUS: String(availableParallelism()),
  });
});

test.each<[string, Partial<Container>]>([
  ['secret "s" not found', { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }],
  ['configmap "c" not found', { envFrom: [{ configMapRef: { name: 'c' } }] }],
  [
    "couldn't find key k in Secret default/here",
    { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'here', key: 'k' } } }] },
  ],
  [
    'env X: unsupported fieldPath: status.phase',
    { env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] },
  ],
  [
    'env X: unsupported container resource: cpu',
    { env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'cpu' } } }] },
  ],
  [
    'env X: container other not found',
    { env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', containerName: 'other' } } }] },
  ],
])('%s: nothing is started', async (message, container) => {
  api.objects.set('secrets/here', { data: {} });
  expect(await resultOf(container)).toEqual({ ok: false, message });
});

test('an optional reference may be missing', async () => {
  const optional = true;
  const { all } = await environment({
    envFrom: [{ secretRef: { name: 's', optional } }, { configMapRef: { name: 'c', optional } }],
    env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', optional } } }],
  });
  expect(Object.keys(all)).not.toContain('X');
});
