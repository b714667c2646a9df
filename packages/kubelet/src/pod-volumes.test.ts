import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { expect, test } from 'vitest';
import { podVolumes } from './pod-volumes.ts';
import { startPodApi } from './testing/pod-api.ts';
import { until } from './testing/until.ts';

test('a pod that goes while its volumes are written: no error, and nothing is left', async () => {
  const api = await startPodApi();
  const kube = connect({ server: api.url });
  const parent = mkdtempSync(join(tmpdir(), 'rouse-volumes-'));
  const folder = join(parent, 'pod');
  try {
    const data = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`file-${index}`, 'content']));
    api.objects.set('configmaps/many', { data });
    const pod = api.create('app', { volumes: [{ name: 'many', configMap: { name: 'many' } }] });
    const addresses = { podIp: '127.0.0.1', hostIp: '127.0.0.1' };
    const volumes = podVolumes({
      kube,
      addresses,
      clock: manualClock(),
      folder,
      refreshMs: 1000,
      pod: () => pod,
    });
    const ready = volumes.ready();
    await until('the first file', () => existsSync(join(folder, 'many/file-0')));
    await volumes.close();
    expect(await ready).toMatchObject({ ok: false });
    expect(existsSync(folder)).toBe(false);
  } finally {
    await kube.close();
    await api.close();
    rmSync(parent, { recursive: true, force: true });
  }
});
