/** The life of workloads under `rouse dev`, and what it prints of it. */
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { describe, expect, test } from 'vitest';
import { commandCases } from './cases/commands.ts';
import { inferenceServiceCases } from './cases/inference-service.ts';
import { lifeCases } from './cases/life.ts';
import { devSuite } from './dev-suite.ts';
import { hands } from './hands.ts';
import { run } from './processes.ts';

const window = { 'autoscaling.knative.dev/window': '6s' };
const minScale = (count: number) => ({ ...window, 'autoscaling.knative.dev/min-scale': String(count) });
const apps = [
  { name: 'curled', annotations: window },
  { name: 'lines', annotations: window },
];
const dev = devSuite({ apps, flags: ['--proxies', '2'] });
const { asleep, ask, livePids, rouse, workload } = hands(dev);

describe.concurrent('as on a cluster', () => {
  lifeCases(dev);
  inferenceServiceCases(dev);
  commandCases(dev);
});

// What a person sees who works with manifests on a terminal: a cluster has neither.
describe.concurrent('only rouse dev', () => {
  test('each change of replicas has its line', async () => {
    await asleep('lines');
    expect((await ask('lines')).status).toBe(200);
    const line = (pattern: RegExp) =>
      until(() => dev().lines.some((each) => pattern.test(each)), String(pattern), 20_000);
    await line(/^lines 0→1 {2}woken by .*GET \/ {2}patched \d+ ms · started \d+ · port \d+ · first byte \d+$/);
    await line(/^lines 1→0 {2}idle \d+ s/);
  });

  test('the curl line of the greeting works as printed', async () => {
    const line = await until(() => dev().lines.find((each) => /^ +curl .*curled\.default/.test(each)), 'the greeting');
    const { code, stdout } = await run('sh', ['-c', `${line} -s`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^curled-/);
  });

  test('an annotation edited in the manifest takes effect, and no pod is replaced for it', async () => {
    dev().writeManifest('written.yaml', { name: 'written', annotations: minScale(1) });
    const [pid] = await until(() => livePids('written').length === 1 && livePids('written'), 'the first pod');
    dev().writeManifest('written.yaml', { name: 'written', annotations: minScale(2) });
    await until(() => livePids('written').length === 2, 'the second pod');
    expect(livePids('written')).toContain(pid);
    expect((await workload('written')).minScale).toBe(2);
  });

  test('rouse lint tells of a manifest, in words and as JSON', async () => {
    const file = join(dev().folder, 'apps.yaml');
    const lint = await rouse('lint', file);
    expect(lint.code).toBe(0);
    expect(lint.stdout).toContain('2 Deployments in 1 file');
    expect(JSON.parse((await rouse('lint', file, '--json')).stdout).deployments).toBe(2);
  });
});
