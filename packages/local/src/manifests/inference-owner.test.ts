import { manualClock } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { DEPLOYMENTS, INFERENCE_SERVICES } from '../kinds.ts';
import type { KubeObject } from '../objects.ts';
import { createRegistry } from '../registry.ts';
import { createStore } from '../store.ts';
import { createManifestApplier } from './apply-manifests.ts';
import { parseManifest } from './parse-manifest.ts';

const INFERENCE_SERVICE = `
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec: {predictor: {minReplicas: 0}}
`;
const deployment = (metadata: object) => `
apiVersion: apps/v1
kind: Deployment
metadata: ${JSON.stringify({ name: 'iris-predictor', ...metadata })}
spec:
  selector: {matchLabels: {app: iris}}
  template:
    metadata: {labels: {app: iris}}
    spec: {containers: [{name: app, command: [node]}]}
`;
const labels = { 'serving.kserve.io/inferenceservice': 'iris' };

function applier() {
  const clock = manualClock();
  const registry = createRegistry(createStore(clock), clock);
  const manifests = createManifestApplier(registry);
  return {
    apply(...texts: string[]) {
      const { objects, problems } = parseManifest('a.yaml', texts.join('---'));
      const loaded = { objects, problems, notices: [], brokenFiles: new Set<string>(), folders: [] };
      expect([...problems, ...manifests.apply(loaded, true).problems]).toEqual([]);
    },
    uid: () => (registry.get(INFERENCE_SERVICES, 'default', 'iris') as KubeObject).metadata.uid,
    owners: () => (registry.get(DEPLOYMENTS, 'default', 'iris-predictor') as KubeObject).metadata.ownerReferences,
  };
}

test.each([
  ['its label', { labels }],
  [
    'a reference with the uid it had on a cluster',
    {
      ownerReferences: [
        { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name: 'iris', uid: 'of-a-cluster' },
      ],
    },
  ],
])('a Deployment is tied to the InferenceService beside it by %s, whichever comes first', (_, metadata) => {
  const { apply, uid, owners } = applier();
  apply(deployment(metadata));
  apply(deployment(metadata), INFERENCE_SERVICE);
  expect(owners()).toMatchObject([{ kind: 'InferenceService', name: 'iris', uid: uid(), controller: true }]);
});

test('taken out and put back it owns the Deployment again, under its new uid', () => {
  const { apply, uid, owners } = applier();
  apply(deployment({ labels }), INFERENCE_SERVICE);
  const first = uid();
  apply(deployment({ labels }));
  apply(deployment({ labels }), INFERENCE_SERVICE);
  expect(uid()).not.toBe(first);
  expect(owners()).toMatchObject([{ uid: uid() }]);
});

test('a Deployment that names none is nobody’s', () => {
  const { apply, owners } = applier();
  apply(deployment({}), INFERENCE_SERVICE);
  expect(owners()).toBeUndefined();
});
