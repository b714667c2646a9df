import { createLog } from '@rouse/daemon';
import { connect } from '@rouse/kube';
import { expect, test } from 'vitest';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import { type TestApi, testApi } from '../cluster/test-api.ts';
import { rehearseScale } from './rehearsal.ts';

const PATH = '/apis/apps/v1/namespaces/default/deployments/web';

async function rehearsed(
  replicas: number,
  use: (api: TestApi, lines: string[], run: () => Promise<unknown>) => Promise<void>,
) {
  const api = await testApi();
  const kube = connect({ server: api.url });
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line: string) => void lines.push(line) });
  const workload = { key: 'default/web', mode: 'managed', replicas } as ObservedWorkload;
  const view = { keys: () => ['default/web'], get: () => workload };
  api.put(PATH, { spec: { replicas } });
  try {
    await use(api, lines, () => rehearseScale({ kube, view, log }));
  } finally {
    await kube.close();
    await api.close();
  }
}

test('a write is rehearsed at zero and above, and changes nothing', async () => {
  for (const replicas of [0, 3]) {
    await rehearsed(replicas, async (api, lines, run) => {
      expect(await run()).toBe('default/web');
      expect(api.requests.filter((each) => each.startsWith('PATCH'))).toEqual([`PATCH ${PATH}/scale`]);
      expect(api.get(PATH)?.spec).toEqual({ replicas });
      expect(lines).toEqual([]);
    });
  }
});

test('missing rights are told in one line that says what to grant', async () => {
  await rehearsed(0, async (api, lines, run) => {
    api.fail(/scale/, 403);
    await run();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('grant patch of deployments/scale');
  });
});
