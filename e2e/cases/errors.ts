/** Whatever is wrong with one thing: a clear message or status, and everything else serves on. */
import { until } from '@rouse/contract/testing';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AppSpec } from '../app/app-deployment.ts';
import { hands } from '../hands.ts';
import type { System } from '../system.ts';

const shared = { 'rouse.dev/routes': 'shared.example.org' };
const steady: AppSpec = { name: 'steady', annotations: { 'autoscaling.knative.dev/min-scale': '1' } };

/** @param system where the API lets bad annotations pass */
export function errorCases(system: () => System): void {
  const { annotate, ask, create, get, known, ready, remove, replicas, rouse, told, workload } = hands(system);

  async function timed(name: string) {
    const startedMs = performance.now();
    const answer = await ask(name);
    return { answer, code: answer.headers['x-rouse-error'], tookMs: performance.now() - startedMs };
  }
  /** What the machine alone takes now: for an answer that no pod and no operator has a part in. */
  async function refusalMs(): Promise<number> {
    const startedMs = performance.now();
    await ask('nobody', '/', { host: 'nobody.example.com' });
    return performance.now() - startedMs;
  }
  const problemsOf = async (name: string): Promise<string> => (await workload(name)).problems.join('\n');

  describe.concurrent('what is wrong with one', () => {
    beforeAll(async () => {
      await create(steady);
      await ready('steady', 1);
    });
    afterEach(async () => {
      const [busyMs, { answer, tookMs }] = await Promise.all([refusalMs(), timed('steady')]);
      expect(answer.status).toBe(200);
      expect(tookMs).toBeLessThan(1_000 + busyMs);
      expect(await problemsOf('steady')).toBe('');
    });

    test('an unknown host gets 404 with its code', async () => {
      const answer = await ask('nobody', '/', { host: 'nobody.example.com' });
      expect(answer.status).toBe(404);
      expect(answer.headers['x-rouse-error']).toBe('no-route');
      expect(answer.body).toContain('No workload for this host');
    });

    test('an app that exits at once gets 503 with its code long before the wake-timeout', async () => {
      await create({ name: 'exits', env: { EXIT_AT_ONCE: '1' } });
      await known('exits');
      const { answer, code, tookMs } = await timed('exits');
      expect([answer.status, code]).toEqual([503, 'crash-loop']);
      expect(tookMs).toBeLessThan(30_000);
      expect((await workload('exits')).blocked?.message).toContain('exited with 3');
      expect((await rouse('status')).stdout).toContain('crash-loop');
    });

    test('an app that never listens gets 504 at its wake-timeout', async () => {
      await create({ name: 'silent', env: { NEVER_LISTEN: '1' }, annotations: { 'rouse.dev/wake-timeout': '3s' } });
      await known('silent');
      const { answer, code, tookMs } = await timed('silent');
      expect([answer.status, code]).toEqual([504, 'wake-timeout']);
      expect(tookMs).toBeGreaterThanOrEqual(3_000);
      expect(tookMs).toBeLessThan(4_000 + (await refusalMs()));
    });

    test("a command that does not exist gets 503 with its code, and the message names it (in our kubelet's words)", async () => {
      await create({ name: 'no-such', container: { command: ['/no/such/program'] } });
      await known('no-such');
      const { answer, code } = await timed('no-such');
      expect([answer.status, code]).toEqual([503, 'crash-loop']);
      expect((await workload('no-such')).blocked?.message).toContain('/no/such/program');
    });

    test('a body over its max-body gets 413 and wakes nothing, one of just that size does', async () => {
      await create({ name: 'small-bodies', annotations: { 'rouse.dev/max-body': '1KiB' } });
      await known('small-bodies');
      const post = (bytes: number) => ask('small-bodies', '/', { method: 'POST', body: 'x'.repeat(bytes) });
      const refused = await post(1025);
      expect([refused.status, refused.headers['x-rouse-error']]).toEqual([413, 'body-too-large']);
      expect(await replicas('small-bodies')).toBe(0);
      expect((await post(1024)).status).toBe(200);
    });

    test('a browser gets a page while its workload wakes, and then the app', async () => {
      await create({ name: 'paged', annotations: { 'rouse.dev/waiting-page': 'on' } });
      await known('paged');
      const look = () => ask('paged', '/', { headers: { accept: 'text/html,*/*;q=0.8' } });
      const page = await look();
      expect([page.status, page.headers['x-rouse-error']]).toEqual([503, 'waking']);
      expect(page.body).toContain('paged</b> is waking up');
      const app = await until(
        async () => {
          const answer = await look();
          return answer.status === 200 && answer;
        },
        'the app instead of the page',
        30_000,
        200,
      );
      expect(app.headers['x-pod']).toMatch(/^paged-/);
    });

    test('a Deployment deleted while requests wait for it: they end with an error, not in silence', async () => {
      await create({ name: 'goes', env: { NEVER_LISTEN: '1' } });
      await known('goes');
      const held = Array.from({ length: 5 }, () => ask('goes'));
      await until(async () => (await workload('goes')).held === 5, 'all are held');
      await remove('goes');
      const codes = (await Promise.all(held)).map(({ status, headers }) => `${status} ${headers['x-rouse-error']}`);
      expect(new Set(codes)).toEqual(new Set(['503 workload-removed']));
    });

    test('a Deployment that never had good settings is left alone, with key, value, allowed range and fix in rouse status', async () => {
      await create({ name: 'never-good', annotations: { 'autoscaling.knative.dev/target': 'many' }, replicas: 1 });
      const problems = await until(() => problemsOf('never-good'), 'the problem');
      expect(problems).toMatch(/autoscaling\.knative\.dev\/target.*"many".*allowed/s);
      await told('never-good', 'RouseConfiguration', '"many"');
      expect((await rouse('status')).stdout).toContain('never-good: autoscaling.knative.dev/target: "many"');
      expect(await replicas('never-good')).toBe(1);
    });

    test('a bad value leaves the last good settings in force, and is shown until it is mended', async () => {
      const good = { 'autoscaling.knative.dev/target': '7', 'autoscaling.knative.dev/window': '6s' };
      await create({ name: 'mended', annotations: good });
      await known('mended');
      const bad = { 'autoscaling.knative.dev/target': '9', 'autoscaling.knative.dev/window': 'soon' };
      await annotate('mended', bad);
      const problems = await until(() => problemsOf('mended'), 'the problem');
      expect(problems).toContain('autoscaling.knative.dev/window: "soon"');
      expect((await workload('mended')).target).toBeCloseTo(4.9);
      expect((await rouse('status')).stdout).toContain('mended: autoscaling.knative.dev/window: "soon"');
      expect((await told('mended', 'RouseConfiguration', '"soon"')).type).toBe('Warning');
      expect((await ask('mended')).status).toBe(200);
      await annotate('mended', good);
      await until(async () => (await problemsOf('mended')) === '', 'the problem to go');
    });

    test('of two Deployments that claim one route the older keeps it, and the younger is told', async () => {
      await create({ name: 'older', annotations: shared });
      await known('older');
      // Ages count in seconds.
      const bornAtMs = Date.parse((await get('older')).metadata.creationTimestamp!);
      await until(() => Date.now() > bornAtMs + 1_500, 'a second');
      await create({ name: 'younger', annotations: shared });
      expect(await until(() => problemsOf('younger'), 'the problem')).toMatch(/shared\.example\.org.*older/s);
      expect((await told('younger', 'RouseConfiguration', 'shared.example.org')).type).toBe('Warning');
      expect(await problemsOf('older')).toBe('');
      const answer = await ask('older', '/', { host: 'shared.example.org' });
      expect(answer.headers['x-pod']).toMatch(/^older-/);
      // Its own host stays.
      expect((await ask('younger')).headers['x-pod']).toMatch(/^younger-/);
    });
  });
}
