/** KServe's own InferenceService on a real cluster, whose permission comes later than Rouse. KServe itself does not run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createInferenceService, inferenceServiceCases } from '../cases/inference-service.ts';
import { hands } from '../hands.ts';
import { kserveDefinition } from './kserve-definition.ts';
import { deployFolder } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const definition = kserveDefinition();
if (definition === undefined) {
  const why = "InferenceServices need KServe's Go module, which is not in the cache";
  // Nobody looks at what a build machine skips.
  if (process.env.CI === 'true') throw new Error(why);
  console.log(`skipped: ${why}`);
}
const { cluster, system } = clusterSuite({ rouse: { proxies: 1 } });
const { get, workload } = hands(system);

test.skipIf(definition === undefined)(
  'without the definition or the permission nothing is missed; given both, it counts, and what it owns goes with it',
  async () => {
    await cluster().apply(definition!);
    const isvc = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';
    await until(
      async () => (await cluster().plane.kube.request({ method: 'GET', path: isvc })).ok,
      'InferenceServices are served',
    );
    const annotations = { 'rouse.dev/enabled': 'true' };
    await createInferenceService(system(), {
      name: 'late',
      annotations,
      predictor: { minReplicas: 2, maxReplicas: 4 },
    });
    expect(await workload('late-predictor')).toMatchObject({ minScale: 0, maxScale: 0, problems: [] });
    const access = readFileSync(join(deployFolder, 'components/kserve/access.yaml'), 'utf8');
    await cluster().apply(...parseAllDocuments(access).map((document) => document.toJS() as object));
    const given = performance.now();
    await until(async () => (await workload('late-predictor')).minScale === 2, 'its settings', 60_000);
    console.log(`figure: leave to read InferenceServices counts after ${Math.round(performance.now() - given)} ms`);
    await until(async () => (await get('late-predictor')).spec.replicas === 2, 'minReplicas');
    await cluster().remove(`${isvc}/late`);
    await until(
      async () =>
        !(await get('late-predictor')
          .then(() => true)
          .catch(() => false)),
      'its Deployment is collected',
      30_000,
    );
  },
);

if (definition !== undefined) inferenceServiceCases(system);
