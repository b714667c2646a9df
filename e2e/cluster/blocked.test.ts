/** Why pods cannot be had: held requests learn of it, soon after the API tells it. Image errors are those of our kubelet. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import type { AppSpec } from '../app/app-deployment.ts';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { firstSeen } from './first-seen.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: { proxies: 1 } });
const { create, livePods, settled } = deployments(cluster);
const { known } = hands(system);
const window = { 'autoscaling.knative.dev/window': '6s' };
const ask = (name: string, timeoutMs = 60_000) =>
  request(rouse().port, `${name}.default.example.com`, '/', { timeoutMs });

interface Deployment extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
const failsToCreate = ({ status }: Deployment): boolean =>
  status?.conditions?.some((each) => each.type === 'ReplicaFailure' && each.status === 'True') === true;
const isUnschedulable = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable') === true;
const waitsFor =
  (...reasons: readonly string[]) =>
  ({ status }: Pod): boolean =>
    reasons.includes(status?.containerStatuses?.[0]?.state.waiting?.reason ?? '');

/** One held request, refused with `code` for what `isSo` says; tells how long after it. */
async function refused<T extends KubeObject>(
  name: string,
  code: string,
  [path, isSo]: readonly [string, (object: T) => boolean],
): Promise<number> {
  await known(name);
  const since = firstSeen<T>(cluster(), path, (object) => object.metadata.name.startsWith(name) && isSo(object));
  const { status, headers, body } = await ask(name);
  const answeredMs = performance.now();
  expect([status, headers['x-rouse-error']]).toEqual([503, code]);
  // It may be somebody else's who asks.
  expect(body).not.toContain('registry.example.com');
  const tookMs = Math.round(answeredMs - (await since));
  console.log(`figure: ${name}: 503 ${code} ${tookMs} ms after its condition`);
  expect((await rouse().workload(name))?.blocked?.code).toBe(code);
  return tookMs;
}
const pods = '/api/v1/namespaces/default/pods';
const collection = '/apis/apps/v1/namespaces/default/deployments';
/** Of creation refused: so long it may be a matter of the moment. */
const REFUSED_FOR_MS = 5_000;
const SOON_MS = 2_000;

test.concurrent.for<readonly [string, Partial<AppSpec>, string, (pod: Pod) => boolean]>([
  [
    'no-room',
    {
      annotations: { ...window, 'rouse.dev/fail-fast': 'unschedulable' },
      container: { resources: { requests: { cpu: '1000' } } },
    },
    'unschedulable',
    isUnschedulable,
  ],
  [
    'no-image',
    { container: { image: 'registry.example.com/does-not-exist:1' } },
    'image-pull',
    waitsFor('ImagePullBackOff'),
  ],
  ['bad-image', { container: { image: 'Not A Name' } }, 'invalid-image-name', waitsFor('InvalidImageName')],
  [
    'no-secret',
    { container: { envFrom: [{ secretRef: { name: 'none' } }] } },
    'container-config',
    waitsFor('CreateContainerConfigError'),
  ],
  [
    'crashes',
    { env: { EXIT_AT_ONCE: '1' } },
    'crash-loop',
    ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2,
  ],
])('%s: a held request is refused with the reason as soon as it stands', async ([name, spec, code, isSo]) => {
  await create({ name, annotations: window, ...spec });
  expect(await refused<Pod>(name, code, [pods, isSo])).toBeLessThan(SOON_MS);
});

test.concurrent('no node has room: without fail-fast the request waits, and a new node answers it', async () => {
  const resources = { requests: { cpu: '100' } };
  await create({ name: 'waits-for-room', annotations: window, container: { resources } });
  await known('waits-for-room');
  const held = ask('waits-for-room');
  await until(async () => (await livePods('waits-for-room')).some(isUnschedulable), 'a pod without a node');
  await cluster().addNode({ number: 3, cpus: 200 });
  expect((await held).status).toBe(200);
});

test.concurrent('an admission policy that refuses the pods: the request is refused, and its words are for operators alone', async () => {
  const name = 'refuses-pods';
  const message = 'no pods of this app on Fridays';
  await cluster().apply(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        validations: [
          { expression: 'object.metadata.?labels.orValue({}).?app.orValue("") != "not-admitted"', message },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  );
  const pod = {
    metadata: { name: 'try', labels: { app: 'not-admitted' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  const { kube } = cluster().plane;
  const isRefused = async (): Promise<boolean> =>
    !(await kube.request({ method: 'POST', path: pods, query: { dryRun: 'All' }, body: pod })).ok;
  await until(isRefused, 'the policy to come into force', 30_000);
  await create({ name: 'not-admitted', annotations: window });
  const tookMs = await refused<Deployment>('not-admitted', 'creation-refused', [collection, failsToCreate]);
  expect(tookMs).toBeLessThan(REFUSED_FOR_MS + SOON_MS);
  expect((await rouse().workload('not-admitted'))?.blocked?.message).toContain(message);
});

test('a quota that is used up fails the request, and one raised lets the next through', async () => {
  const quota = (most: number) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'pods' },
    spec: { hard: { pods: String(most) } },
  });
  const before = (await cluster().list(pods)).length;
  await cluster().apply(quota(0));
  await create({ name: 'over-quota', annotations: window });
  const tookMs = await refused<Deployment>('over-quota', 'creation-refused', [collection, failsToCreate]);
  expect(tookMs).toBeLessThan(REFUSED_FOR_MS + SOON_MS);
  await cluster().apply(quota(before + 20));
  await until(async () => (await ask('over-quota')).status === 200, 'answered', 60_000);
  await settled('over-quota', 0, 60_000);
});
