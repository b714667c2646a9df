/** A KServe InferenceService and the Deployment it owns, as KServe's controller makes it: woken, scaled, capped, put to sleep. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployment } from '../app/app-deployment.ts';
import { hands } from '../hands.ts';
import { kubeObjects } from '../kube-objects.ts';
import { request } from '../request.ts';

import { failed, startLoad } from '../scenarios/load.ts';
import type { System } from '../system.ts';

const API_VERSION = 'serving.kserve.io/v1beta1';
const inferenceServices = `/apis/${API_VERSION}/namespaces/default/inferenceservices`;

export interface InferenceServiceSpec {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Scaling fields of `spec.predictor`. */
  readonly predictor: Readonly<Record<string, unknown>>;
}

/** Makes both, with the labels, the copied annotations and the owner that KServe gives its Deployment. */
export async function createInferenceService(system: System, spec: InferenceServiceSpec): Promise<void> {
  const { apply, get, patch } = kubeObjects(system.kube);
  const { name, predictor } = spec;
  const annotations = { 'serving.kserve.io/autoscalerClass': 'external', ...spec.annotations };
  const containers = [{ name: 'kserve-container', image: 'custom-model' }];
  await apply({
    apiVersion: API_VERSION,
    kind: 'InferenceService',
    metadata: { name, annotations },
    spec: { predictor: { ...predictor, containers } },
  });
  const { uid } = (await get<KubeObject>(`${inferenceServices}/${name}`)).metadata;
  await patch(`${inferenceServices}/${name}/status`, { status: { url: `http://${name}.default.example.com` } });
  const owned = `${name}-predictor`;
  const labels = {
    app: `isvc.${owned}`,
    component: 'predictor',
    'serving.kserve.io/inferenceservice': name,
  };
  const made = deployment({ name: owned }, system.appLogFile) as { spec: { template: { spec: object } } };
  const podSpec = { ...made.spec.template.spec, automountServiceAccountToken: false };
  await apply({
    ...made,
    metadata: {
      name: owned,
      labels,
      annotations,
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'InferenceService', name, uid, controller: true }],
    },
    spec: {
      ...made.spec,
      selector: { matchLabels: { app: labels.app } },
      template: { metadata: { labels, annotations }, spec: podSpec },
    },
  });
}

/** @param system with leave to read InferenceServices */
export function inferenceServiceCases(system: () => System): void {
  const { get, replicas, workload } = hands(system);

  test('an InferenceService: its host wakes the predictor, scaleTarget and maxReplicas size it, minReplicas 0 lets it sleep', async () => {
    const name = 'custom-model-autoscaling';
    const owned = `${name}-predictor`;
    const host = `${name}.default.example.com`;
    const objects = kubeObjects(system().kube);
    const ask = (to: string) => request(system().port, to, '/v1/models/custom-model:predict');
    const patch = (predictor: object, more: object = {}) =>
      objects.patch(`${inferenceServices}/${name}`, { ...more, spec: { predictor } });
    const problems = async (): Promise<string> => (await workload(owned)).problems.join('\n');
    const annotations = { 'rouse.dev/enabled': 'true', 'autoscaling.knative.dev/window': '6s' };
    const predictor = { minReplicas: 0, maxReplicas: 3, scaleTarget: 2, scaleMetric: 'concurrency' };
    await createInferenceService(system(), { name, annotations, predictor });

    await until(async () => (await workload(owned)).maxScale === 3, 'its bounds');
    expect(await workload(owned)).toMatchObject({ minScale: 0, metric: 'concurrency', state: 'asleep', problems: [] });
    expect((await workload(owned)).hosts).toContain(host);
    const load = startLoad({ port: system().port, host, path: '/predict?ms=100', name: 'isvc', atOnce: 10 });
    // Two at once on each would be five pods and, with headroom, eight.
    await until(async () => ((await get(owned)).status?.readyReplicas ?? 0) === 3, 'maxReplicas', 30_000);
    const outcomes = await load.stop();
    expect(failed(outcomes)).toEqual([]);
    await until(async () => (await replicas(owned)) === 0, 'asleep', 60_000);

    await objects.patch(`${inferenceServices}/${name}/status`, { status: { url: 'http://model.example.org' } });
    await until(async () => (await ask('model.example.org')).status === 200, 'its new host', 30_000);
    await patch({ minReplicas: 1, scaleMetric: 'rps', scaleTarget: 5 });
    await until(async () => (await workload(owned)).metric === 'rps', 'its new metric');
    expect(await workload(owned)).toMatchObject({ minScale: 1, maxScale: 3 });

    await patch({ minReplicas: -1 });
    const bad = `InferenceService ${name} spec.predictor.minReplicas: "-1" is not accepted; allowed: an integer from 0`;
    await until(async () => (await problems()).includes(bad), 'the problem');
    expect((await workload(owned)).minScale).toBe(1);
    await patch({ minReplicas: 0 }, { metadata: { annotations: { 'serving.kserve.io/autoscalerClass': 'hpa' } } });
    await until(async () => (await problems()).includes('serving.kserve.io/autoscalerClass: external'), 'the fix');
    expect((await workload(owned)).minScale).toBe(0);
    await until(async () => (await replicas(owned)) === 0, 'asleep again', 60_000);
    await objects.remove(`${inferenceServices}/${name}`);
  });
}
