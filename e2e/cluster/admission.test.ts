/** What a real API server makes of the shipped objects: it takes them all, and the policies refuse what they should and no more. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotationList } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { badValue, goodValue } from '@rouse/contract/testing/shape-arbitraries';
import { connect, type Kube, type KubeObject } from '@rouse/kube';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findHelm, findKubectl } from '../kubectl.ts';
import { type Manifest, objectPath } from '../object-path.ts';
import { gatewayDefinitions, monitoringDefinitions } from './definitions.ts';
import { deployFolder, NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

// No node: nothing here has to run.
const { cluster } = clusterSuite({ nodes: 0 });
const kubectl = findKubectl();
const helm = findHelm();

type Json = Readonly<Record<string, unknown>>;

function objectsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}
const file = (path: string) => objectsOf(readFileSync(join(deployFolder, path), 'utf8'));

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const deployment = (name: string, annotations: Json, more: Json = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, annotations, ...more },
  spec: { replicas: 0, selector: { matchLabels: template.metadata.labels }, template },
});

/** What the API says to a new Deployment with these annotations: null when it takes it. */
async function refusal(annotations: Json, more: Json = {}): Promise<string | null> {
  const body = deployment('new', annotations, more);
  const { kube } = cluster().plane;
  const made = await kube.request({ method: 'POST', path: DEPLOYMENTS, query: { dryRun: 'All' }, body });
  return made.ok ? null : made.message;
}

beforeAll(async () => {
  await cluster().apply(deployment('from-before', { 'autoscaling.knative.dev/window': '1s' }), ...file('rouse.yaml'));
  // A policy works once the API server has read it.
  const refused = async () => (await refusal({ 'rouse.dev/none': 'x' })) !== null;
  await until(refused, 'the policy to come into force', 30_000);
});

describe('annotations', () => {
  test.each(annotationList.map((descriptor) => [descriptor.key, descriptor] as const))(
    '%s is taken and refused as Rouse itself would',
    async (key, descriptor) => {
      const runs = { numRuns: 12 };
      const values = [...fc.sample(goodValue(descriptor.shape), runs), ...fc.sample(badValue(descriptor.shape), runs)];
      for (const value of values) {
        // A number beyond what CEL can compute with passes: the policy refuses nothing that it cannot judge.
        if (/[eE]\+?\d{3}/.test(value)) continue;
        const said = await refusal({ [key]: value });
        expect({ value, taken: said === null }).toEqual({ value, taken: descriptor.parse(value).ok });
        // A value with a line break cannot be told, only its key.
        if (said !== null) expect(said).toContain(`; accepted: ${descriptor.range}`);
      }
    },
  );

  test('an alias is as its key, an unknown key and what contradicts another are told', async () => {
    expect(await refusal({ 'autoscaling.knative.dev/maxScale': '-1' })).toContain('maxScale is -1; accepted');
    expect(await refusal({ 'rouse.dev/windw': '60s' })).toContain('rouse.dev/windw: there is no such annotation');
    const min = { 'rouse.dev/min-scale': '3' };
    expect(await refusal({ ...min, 'rouse.dev/max-scale': '2' })).toContain('at least min-scale, which is 3');
    expect(await refusal({ ...min, 'rouse.dev/max-scale': '0' })).toBeNull();
    const activation = { 'autoscaling.knative.dev/activation-scale': '2' };
    expect(await refusal({ ...min, ...activation })).toContain('from min-scale to max-scale');
  });

  test("other autoscalers' metrics and Knative's own Deployments are none of its business", async () => {
    const hpa = {
      'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev',
      'autoscaling.knative.dev/metric': 'cpu',
    };
    expect(await refusal(hpa)).toBeNull();
    const ownerReferences = [{ apiVersion: 'serving.knative.dev/v1', kind: 'Revision', name: 'r', uid: 'u' }];
    const bad = { 'autoscaling.knative.dev/window': '1s' };
    expect(await refusal(bad)).not.toBeNull();
    expect(await refusal(bad, { ownerReferences })).toBeNull();
  });

  test('a value from before the policy holds up no other change, and may only be mended', async () => {
    const change = async (annotations: Json, replicas: number) => {
      const path = `${DEPLOYMENTS}/from-before`;
      const body = { metadata: { annotations }, spec: { replicas } };
      const { kube } = cluster().plane;
      const result = await kube.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
      return result.ok;
    };
    expect(await change({ team: 'a' }, 1)).toBe(true);
    expect(await change({ 'autoscaling.knative.dev/window': '2s' }, 1)).toBe(false);
    expect(await change({ 'autoscaling.knative.dev/window': '6s' }, 1)).toBe(true);
  });
});

/** As the ServiceAccount itself, with a token of its own. */
async function clientOf(account: string): Promise<Kube> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const made = await cluster().plane.kube.request<{ status: { token: string } }>({ method: 'POST', path, body });
  if (!made.ok) throw new Error(made.message);
  const { token } = made.value.status;
  const tokenFile = join(cluster().plane.folder, `${account}.token`);
  writeFileSync(tokenFile, token);
  return connect({ kubeconfig: cluster().plane.kubeconfigAs(account, { tokenFile }), userAgent: 'rouse-e2e' });
}

async function statusOf(kube: Kube, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) {
  const contentType = method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {};
  const result = await kube.request({ method, path, ...(body === undefined ? {} : { body }), ...contentType });
  return result.status;
}

const POD = '/api/v1/namespaces/default/pods/one';
const cost = (value: string | null) => ({
  metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } },
});

test('the operator may do what it has to and nothing beside, the proxy nothing', async () => {
  await cluster().apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec: template.spec });
  const operator = await clientOf('rouse-operator');
  const proxy = await clientOf('rouse-proxy');
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;
  const secret = { metadata: { name: 'rouse-control-token' } };
  const asked = [
    ['GET', DEPLOYMENTS, 200],
    ['PATCH', `${DEPLOYMENTS}/from-before/scale`, 200, { spec: { replicas: 1 } }],
    ['PATCH', `${DEPLOYMENTS}/from-before`, 403, { spec: { replicas: 1 } }],
    ['DELETE', `${DEPLOYMENTS}/from-before`, 403],
    ['GET', POD, 200],
    ['PATCH', POD, 403, cost('-1')],
    ['DELETE', POD, 403],
    ['GET', '/api/v1/nodes', 403],
    ['GET', '/api/v1/nodes/none', 404],
    ['POST', secrets, 201, secret],
    ['GET', `${secrets}/rouse-control-token`, 200],
    ['GET', `${secrets}?fieldSelector=metadata.name%3Drouse-control-token`, 200],
    ['GET', secrets, 403],
    ['GET', '/api/v1/namespaces/default/secrets', 403],
    ['GET', `/api/v1/namespaces/${NAMESPACE}/configmaps/rouse-config`, 404],
    ['GET', `/api/v1/namespaces/${NAMESPACE}/configmaps/other`, 403],
  ] as const;
  for (const [method, path, status, body] of asked) {
    expect([method, path, await statusOf(operator, method, path, body)]).toEqual([method, path, status]);
    expect([method, path, await statusOf(proxy, method, path, body)]).toEqual([method, path, 403]);
  }
  await operator.close();
  await proxy.close();
});

test('with pod-deletion-cost granted it may change that annotation of a pod and nothing else', async () => {
  const folder = 'components/pod-deletion-cost';
  const names = readdirSync(join(deployFolder, folder)).filter((name) => name !== 'kustomization.yaml');
  await cluster().apply(...names.flatMap((name) => file(`${folder}/${name}`)));
  const operator = await clientOf('rouse-operator');
  const patch = (body: object) => statusOf(operator, 'PATCH', POD, body);
  const { uid } = (await cluster().get<KubeObject>(POD)).metadata;
  const label = { metadata: { labels: { a: 'b' } } };
  // It may be granted before the policy is in force, for a moment: nothing may change in it.
  const tried = () => statusOf(operator, 'PATCH', `${POD}?dryRun=All`, label);
  await until(async () => (await tried()) === 422, 'the policy to come into force', 30_000);
  expect(await patch(cost('-5'))).toBe(200);
  expect(await patch({ metadata: { uid, ...cost('-6').metadata } })).toBe(200);
  for (const body of [
    label,
    { metadata: { annotations: { other: 'x' } } },
    { metadata: { finalizers: ['a/b'] } },
    { spec: { containers: [{ name: 'c', image: 'other' }] } },
    { spec: { activeDeadlineSeconds: 1 } },
  ]) {
    expect([body, await patch(body)]).toEqual([body, 422]);
  }
  expect(await patch(cost(null))).toBe(200);
  await operator.close();
});

/** Whether the API takes the object, without keeping it. */
async function tried(objects: readonly Manifest[]): Promise<readonly string[]> {
  const { kube } = cluster().plane;
  const refused: string[] = [];
  for (const body of objects) {
    const path = objectPath(body);
    const query = { fieldManager: 'e2e', force: true, dryRun: 'All', fieldValidation: 'Strict' };
    const result = await kube.request({
      method: 'PATCH',
      path,
      body,
      query,
      contentType: 'application/apply-patch+yaml',
    });
    if (!result.ok) refused.push(`${path}: ${result.message}`);
  }
  return refused;
}

test('the API takes every object of the examples', async () => {
  for (const name of ['ingress.yaml', 'in-cluster.yaml']) expect(await tried(file(`examples/${name}`))).toEqual([]);
});

const gateway = gatewayDefinitions();
test.skipIf(gateway === undefined)("and those of the Gateway API, by that API's own definitions", async () => {
  await cluster().apply(...gateway!);
  const objects = file('examples/gateway.yaml');
  expect(objects.map(({ kind }) => kind)).toEqual(['HTTPRoute', 'ReferenceGrant']);
  await until(async () => (await tried(objects)).length === 0, 'they are served, and take both', 20_000);
  // They are looked at: a Service without a port is none, by a rule of the definition.
  const portless = JSON.parse(JSON.stringify(objects[0]).replace(/,"port":80/, '')) as Manifest;
  expect((await tried([portless])).join()).toContain('Must have port for Service reference');
});

const monitoring = monitoringDefinitions();
test.skipIf(monitoring === undefined)(
  "the monitors and alerts hold by the Prometheus operator's own definitions",
  async () => {
    await cluster().apply(...monitoring!);
    const objects = ['service-monitors.yaml', 'alerts.yaml'].flatMap((name) => file(`components/monitoring/${name}`));
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
    expect(objects.map(({ kind }) => kind)).toContain('PrometheusRule');
    await until(async () => (await tried(objects)).length === 0, 'they are served, and take all', 20_000);
    const misspelt = JSON.parse(JSON.stringify(monitor).replace('"endpoints"', '"endpoint"')) as Manifest;
    expect((await tried([misspelt])).join()).toContain('spec.endpoint');
  },
);

test.skipIf(kubectl === undefined)('the API takes every object of the overlays', async () => {
  for (const overlay of readdirSync(join(deployFolder, 'overlays'))) {
    const yaml = execFileSync(kubectl!, ['kustomize', join(deployFolder, 'overlays', overlay)], { encoding: 'utf8' });
    expect(await tried(objectsOf(yaml.replaceAll('my-namespace', 'default')))).toEqual([]);
  }
});

test.skipIf(helm === undefined)(
  'the API takes every object of the chart, with everything on and limited to namespaces',
  async () => {
    const chart = ['template', 'rouse', join(deployFolder, 'chart'), '--namespace', NAMESPACE];
    const on = ['--set', 'podDeletionCost.enabled=true', '--set-json', 'config={"max-scale":20}'];
    for (const args of [on, [...on, '--set', 'namespaces={default}']]) {
      expect(await tried(objectsOf(execFileSync(helm!, [...chart, ...args], { encoding: 'utf8' })))).toEqual([]);
    }
  },
);
