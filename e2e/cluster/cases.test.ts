/** The cases of `rouse dev` on a real control plane, with Rouse from its shipped manifests and the operator's own token. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { burstCases, sleepCases } from '../cases/arrivals.ts';
import { chatCases } from '../cases/chat.ts';
import { commandCases } from '../cases/commands.ts';
import { errorCases } from '../cases/errors.ts';
import { exampleCases, exampleNames, examplesFolder } from '../cases/examples.ts';
import { holdingCases } from '../cases/holding.ts';
import { killCases } from '../cases/kills.ts';
import { kubectlCases } from '../cases/kubectl.ts';
import { lifeCases } from '../cases/life.ts';
import { trafficInCases } from '../cases/traffic-in.ts';
import { callOperator } from '../operator-api.ts';
import { run } from '../processes.ts';
import { rouseCommand } from '../rouse-dev.ts';
import { clusterSuite } from './suite.ts';

const STALL_MS = 3_000;
const proxyArgs = [`--client-stall-timeout=${STALL_MS}ms`];
// Bad annotations must get past the API to show what Rouse makes of them; that it refuses them is `admission.test.ts`.
const { cluster, system } = clusterSuite({ rouse: { podDeletionCost: true, admissionPolicy: false, proxyArgs } });

describe.concurrent('what does not disturb one another', () => {
  lifeCases(system);
  kubectlCases(system);
  sleepCases(system);
  trafficInCases(system);
  chatCases(system, STALL_MS);

  // `rouse dev` listens to this machine alone, and wants none.
  test('without the control token the operator tells nothing and wakes nobody', async () => {
    const { url } = system().operator;
    const headers = { 'content-type': 'application/json' };
    const wake = await callOperator({ url }, '/api/workloads/default/any/wake', { method: 'POST', headers });
    const statuses = [(await callOperator({ url }, '/api/workloads')).status, wake.status];
    expect(statuses).toEqual([401, 401]);
    const { code, stderr } = await run(process.execPath, [rouseCommand, 'status', '--operator', url]);
    expect(code).toBe(1);
    expect(stderr).toContain('set ROUSE_CONTROL_TOKEN to the one in the Secret rouse-control-token');
  });
});

// Times count here: crash loops are waited for, others are served at once.
errorCases(system);

describe('what is measured', () => {
  commandCases(system);
  burstCases(system);
  holdingCases(system);
});

describe('examples', () => {
  beforeAll(async () => {
    const manifests = exampleNames.map((name) => join(examplesFolder, name, 'deployment.yaml'));
    for (const manifest of manifests) {
      const objects = parseAllDocuments(readFileSync(manifest, 'utf8')).map((each) => each.toJS() as object);
      await cluster().apply(...objects);
    }
  });
  exampleCases(system);
});

describe('what is killed', () => {
  killCases(system);
});
