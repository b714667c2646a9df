/** The `rouse` commands on a running system: status and why, in words and as JSON. */
import type { WorkloadStatus } from '@rouse/contract';
import { expect, test } from 'vitest';
import { hands } from '../hands.ts';
import type { System } from '../system.ts';

export function commandCases(system: () => System): void {
  const { create, ready, rouse } = hands(system);

  test('rouse status and why tell of the running system, in words and as JSON', async () => {
    const annotations = {
      'autoscaling.knative.dev/min-scale': '2',
      'autoscaling.knative.dev/max-scale': '4',
      'autoscaling.knative.dev/target': '5',
    };
    await create({ name: 'told', annotations });
    await ready('told', 2);
    const table = await rouse('status');
    expect(table.stderr).toBe('');
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^NAME +STATE +TARGETS +MIN +MAX +REPLICAS +HELD +SLEEPS-IN$/m);
    expect(table.stdout).toMatch(/^told +awake +concurrency: 0\/3\.5 +2 +4 +2\/2 +0 +-$/m);
    const asJson = JSON.parse((await rouse('status', '--json')).stdout) as { workloads: WorkloadStatus[] };
    expect(asJson.workloads.map(({ name }) => name)).toContain('told');

    const inWords = await rouse('why', 'told');
    expect(inWords.code).toBe(0);
    expect(inWords.stdout).toContain('min-scale');
    expect(inWords.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^To change this, set the annotation \S+ on the Deployment/,
    );
    const why = JSON.parse((await rouse('why', 'told', '--json')).stdout);
    expect(why.workload.name).toBe('told');
    const unknown = await rouse('why', 'nobody');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('nobody');
  });
}
