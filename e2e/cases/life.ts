/** The life of workloads: from zero to zero, edited, rolled, scaled by hand, opted out. */
import { until } from '@rouse/contract/testing';
import { describe, expect, test } from 'vitest';
import type { AppSpec } from '../app/app-deployment.ts';
import { hands, hostOf } from '../hands.ts';
import { serves } from '../ports.ts';
import { isRunning } from '../processes.ts';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import type { System } from '../system.ts';

const WINDOW_MS = 6_000;
const window = { 'autoscaling.knative.dev/window': `${WINDOW_MS / 1000}s` };
const minScale = (count: number) => ({ ...window, 'autoscaling.knative.dev/min-scale': String(count) });
const rolled = (version: string): AppSpec => ({
  name: 'rolled',
  annotations: minScale(2),
  env: { VERSION: version },
  // What `rouse lint` asks for: pods that others remove go on until everybody knows.
  container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } },
});

/** @param system with two proxies */
export function lifeCases(system: () => System): void {
  const own = hands(system);
  const { annotate, ask, asleep, create, livePids, ready, replicas, workload } = own;

  describe.concurrent('the life of a workload', () => {
    test('a workload goes 0→1→0, and is at zero 15 s after the last request', async () => {
      await create({ name: 'lives', annotations: window });
      await asleep('lives');
      const answer = await ask('lives');
      expect(answer.status).toBe(200);
      expect(answer.headers['server-timing']).toMatch(/^rouse-wake;dur=[\d.]+$/);
      const answeredMs = performance.now();
      expect((await own.livePods('lives'))[0]?.metadata.name).toBe(answer.headers['x-pod']);
      await own.settled('lives', 0);
      await until(() => livePids('lives').length === 0, 'no process');
      expect(performance.now() - answeredMs).toBeLessThan(15_000);
      expect(await replicas('lives')).toBe(0);
      const log = own.appLog().filter(({ pod }) => pod === answer.headers['x-pod']);
      const [start, , requested, sigterm] = log;
      expect([start?.event, requested?.event, sigterm?.event]).toEqual(['start', 'request', 'sigterm']);
      expect(sigterm!.atMs - requested!.atMs).toBeGreaterThanOrEqual(WINDOW_MS);
    });

    test('either proxy wakes a workload, and both serve it', async () => {
      await create({ name: 'both-ways', annotations: window });
      await asleep('both-ways');
      const [first, second] = await system().proxies();
      await until(() => serves(second!.port, second!.address), 'the second proxy');
      const answers = [];
      for (const { address, port } of [second!, first!])
        answers.push(await request(port, hostOf('both-ways'), '/', { address }));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(new Set(answers.map(({ headers }) => headers['x-pod'])).size).toBe(1);
    });

    test('many requests at once at both proxies get many pods, none fails, and all pods go', async () => {
      await create({ name: 'crowded', annotations: { ...window, 'autoscaling.knative.dev/target': '5' } });
      await asleep('crowded');
      const loads = (await system().proxies()).map(({ address, port }, index) =>
        startLoad({
          address,
          port,
          host: hostOf('crowded'),
          path: '/?ms=100',
          name: `crowd-${index}`,
          atOnce: 10,
        }),
      );
      await until(() => livePids('crowded').length >= 5, 'five pods', 30_000);
      for (const load of loads) expect(failed(await load.stop())).toEqual([]);
      await own.settled('crowded', 0, 60_000);
    });

    test('an annotation edited takes effect, and no pod is replaced for it', async () => {
      await create({ name: 'edited', annotations: minScale(1) });
      const [pid] = await until(() => livePids('edited').length === 1 && livePids('edited'), 'the first pod', 20_000);
      await annotate('edited', minScale(2));
      await until(() => livePids('edited').length === 2, 'the second pod', 20_000);
      expect(livePids('edited')).toContain(pid);
      expect((await workload('edited')).minScale).toBe(2);
    });

    test('a new template replaces the pods, and no request under load fails', async () => {
      await create(rolled('1'));
      await ready('rolled', 2);
      const before = await until(() => livePids('rolled').length === 2 && livePids('rolled'), 'two pods');
      const { port } = system();
      const load = startLoad({ port, host: hostOf('rolled'), path: '/?ms=10', name: 'roll', atOnce: 6 });
      await until(() => load.outcomes.length > 50, 'the load');
      await own.edit(rolled('2'));
      await until(() => before.every((pid) => !isRunning(pid)), 'the old pods to be gone', 60_000);
      await until(() => livePids('rolled').length === 2, 'two new pods', 30_000);
      const done = load.outcomes.length;
      await until(() => load.outcomes.length > done + 50, 'some more');
      expect(failed(await load.stop())).toEqual([]);
    });

    test('a scale-down under load removes only pods that are empty, however long requests take', async () => {
      const two = {
        'autoscaling.knative.dev/target': '2',
        'autoscaling.knative.dev/target-utilization-percentage': '100',
      };
      await create({ name: 'shrinks', annotations: { ...window, ...two }, env: { EXIT_ON_SIGTERM_AT_ONCE: '1' } });
      await asleep('shrinks');
      const { port } = system();
      const load = startLoad({ port, host: hostOf('shrinks'), path: '/?ms=2500', name: 'shrink', atOnce: 10 });
      await until(() => livePids('shrinks').length >= 5, 'five pods', 30_000);
      load.setAtOnce(2);
      await until(() => livePids('shrinks').length === 1, 'one pod', 60_000);
      expect(failed(await load.stop())).toEqual([]);
      await own.settled('shrinks', 0);
    });

    test('replicas set by hand are taken as they are, and go after a whole window', async () => {
      await create({ name: 'by-hand', annotations: window });
      await asleep('by-hand');
      const setAtMs = performance.now();
      await own.scale('by-hand', 2);
      await until(() => livePids('by-hand').length === 2, 'two pods');
      await until(async () => (await replicas('by-hand')) === 0, 'zero again', 30_000);
      expect(performance.now() - setAtMs).toBeGreaterThan(WINDOW_MS);
      const told = await own.decisions('by-hand');
      expect(told.map(({ cause, to }) => `${cause} ${to}`)).toContain('foreign-write 2');
      expect(told.at(-1)?.to).toBe(0);
    });

    test('a workload is woken by POST, and only by a caller that means it', async () => {
      // No request comes to keep it awake: a pod must be up within the window, on a busy machine too.
      await create({ name: 'woken', annotations: { 'autoscaling.knative.dev/window': '15s' } });
      await asleep('woken');
      expect((await own.wake('woken', {})).status).toBe(415);
      const json = { 'content-type': 'application/json' };
      const foreign = { ...json, origin: 'http://evil.example' };
      expect((await own.wake('woken', { headers: foreign })).status).toBe(403);
      expect(await replicas('woken')).toBe(0);
      expect((await own.wake('woken', { headers: json, body: '{}' })).status).toBe(202);
      await ready('woken', 1);
      await asleep('woken');
    });

    test('opting out while asleep restores the replicas found at adoption', async () => {
      await create({ name: 'leaves', annotations: window, replicas: 2 });
      await asleep('leaves', 60_000);
      expect(await replicas('leaves')).toBe(0);
      await annotate('leaves', { 'rouse.dev/enabled': 'false' });
      await until(async () => (await replicas('leaves')) === 2, 'two replicas');
      await until(() => livePids('leaves').length === 2, 'two pods', 20_000);
    });

    test('container-concurrency 1 is never exceeded, and both pods are used', async () => {
      const name = 'one-at-a-time';
      await create({ name, annotations: { ...minScale(2), 'rouse.dev/container-concurrency': '1' } });
      await ready(name, 2);
      // Each proxy keeps the limit for itself.
      const { address, port } = (await system().proxies())[0]!;
      const load = startLoad({ address, port, host: hostOf(name), path: '/?ms=20', name: 'one', atOnce: 8 });
      await until(() => load.outcomes.length > 150, 'the load', 20_000);
      expect(failed(await load.stop())).toEqual([]);
      const seen = own.appLog().filter(({ event, pod }) => event === 'request' && pod.startsWith(`${name}-`));
      expect(new Set(seen.map(({ atOnce }) => atOnce))).toEqual(new Set([1]));
      expect(new Set(seen.map(({ pod }) => pod)).size).toBeGreaterThanOrEqual(2);
    });
  });
}
