import { expect, test } from 'vitest';
import type { DeploymentRecord } from './deployment-record.ts';
import { type ClaimInputs, routeClaims } from './route-claims.ts';
import type { ServiceRecord } from './service-record.ts';
import { deploymentRecord } from './test-records.ts';

function routes(name: string, record: Partial<DeploymentRecord> = {}, more: Partial<ClaimInputs> = {}): string[] {
  const deployment = deploymentRecord(name, record);
  return routeClaims({
    deployment,
    domain: 'example.com',
    services: [],
    annotated: [],
    hasTransformer: false,
    inferenceService: null,
    ...more,
  }).map((each) => each.route);
}
function service(name: string, selector: Record<string, string>): ServiceRecord {
  const map = new Map(Object.entries(selector));
  return { key: `default/${name}`, namespace: 'default', name, createdMs: 0, selector: map, targetPort: 80 };
}

test('a Deployment is reached by its names in the cluster and under the domain', () => {
  expect(routes('web')).toEqual([
    'web.default.example.com',
    'web.default',
    'web.default.svc',
    'web.default.svc.cluster.local',
  ]);
});

test('a Service counts when its whole selector is on the pods', () => {
  const services = [
    service('shop', { app: 'web' }),
    service('other', { app: 'web', tier: 'back' }),
    service('web', { app: 'web' }),
  ];
  expect(routes('web', {}, { services }).filter((each) => each.endsWith('.svc'))).toEqual([
    'web.default.svc',
    'shop.default.svc',
  ]);
});

test('annotated routes keep the case of their path and stand once', () => {
  expect(routes('web', {}, { annotated: ['a.org/Api', 'web.default'] })).toContain('a.org/Api');
  expect(routes('web', {}, { annotated: ['web.default'] }).filter((each) => each === 'web.default')).toHaveLength(1);
});

const kserve = (name: string, component: string | null) => ({
  inferenceService: 'iris',
  component,
  namespace: 'ml',
  name,
});
const hosts = ['iris.ml.example.com', 'iris-ml.example.com'];

test('an InferenceService is reached at its predictor', () => {
  expect(routes('iris-predictor', kserve('iris-predictor', 'predictor'))).toEqual(expect.arrayContaining(hosts));
  expect(routes('iris-predictor', kserve('iris-predictor', null))).toEqual(expect.arrayContaining(hosts));
});

test('with a transformer the InferenceService is reached there, and the explainer never is', () => {
  const with_ = { hasTransformer: true };
  expect(routes('iris-predictor', kserve('iris-predictor', 'predictor'), with_)).not.toContain(hosts[0]);
  expect(routes('iris-transformer', kserve('iris-transformer', null), with_)).toEqual(expect.arrayContaining(hosts));
  expect(routes('iris-explainer', kserve('iris-explainer', null))).not.toContain(hosts[0]);
});
