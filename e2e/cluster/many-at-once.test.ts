/** Hundreds of Deployments created at once: how soon each has its route, and what that costs the API. */
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { deployment } from '../app/app-deployment.ts';
import { toldEvents } from '../events.ts';
import { request } from '../request.ts';
import { clusterSuite } from './suite.ts';

const COUNT = 300;
const ROUTABLE_WITHIN_MS = 10_000;
const QUIET = '/healthz';

/** Its controllers may write 20 times a second by default: their own backlog of hundreds would be waited for. */
const controllerManager = ['--kube-api-qps=500', '--kube-api-burst=500'];
const { cluster, rouse } = clusterSuite({ rouse: {}, nodes: 1, args: { controllerManager } });
const { about } = toldEvents(cluster);
const names = Array.from({ length: COUNT }, (_, index) => `app-${index}`);
const hostOf = (name: string): string => `${name}.default.example.com`;

/** Asks without waking anybody: of a sleeping workload quiet requests are refused, of none there is no route. */
async function isRouted(port: number, name: string): Promise<boolean> {
  const { status, headers } = await request(port, hostOf(name), QUIET);
  return status === 503 && headers['x-rouse-error'] === 'quiet';
}

/** Writes of the operator so far, by verb and resource. */
async function writes(): Promise<ReadonlyMap<string, number>> {
  const { host, port } = rouse().operatorAddress();
  const text = await (await fetch(`http://${host}:${port}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, labels, value] of text.matchAll(/^rouse_operator_api_requests_total\{(.*)\} (\d+)/gm)) {
    const label = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels ?? '')?.[1] ?? '';
    if (['get', 'list', 'watch'].includes(label('verb'))) continue;
    const kind = `${label('verb')} ${label('resource')}`;
    counts.set(kind, (counts.get(kind) ?? 0) + Number(value));
  }
  return counts;
}

test(`${COUNT} Deployments at once: every proxy has all routes within ten seconds, and nothing is written`, async () => {
  const before = await writes();
  expect(before.size).toBeGreaterThan(0);
  const startedMs = performance.now();
  const annotations = { 'autoscaling.knative.dev/window': '6s', 'rouse.dev/quiet': `path:${QUIET}` };
  await Promise.all(names.map((name) => cluster().apply(deployment({ name, annotations }, cluster().appLogFile))));
  const createdMs = Math.round(performance.now() - startedMs);
  for (const proxy of rouse().proxyPorts.keys())
    await until(async () => (await rouse().routes(proxy)) >= COUNT, `all routes at proxy ${proxy}`, 60_000);
  const allMs = Math.round(performance.now() - startedMs);
  const after = await writes();
  const written = [...after]
    .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const told = JSON.stringify(Object.fromEntries(written));
  console.log(`figure: ${COUNT} created in ${createdMs} ms, all routed after ${allMs} ms; written meanwhile: ${told}`);
  expect(allMs).toBeLessThan(ROUTABLE_WITHIN_MS);
  // Its own Lease aside, looking at Deployments costs no write.
  expect(written.filter(([kind]) => !/lease/i.test(kind))).toEqual([]);
  for (const port of rouse().proxyPorts) {
    const asked = await Promise.all(names.map(async (name) => [name, await isRouted(port, name)] as const));
    expect(asked.filter(([, isThere]) => !isThere)).toEqual([]);
  }
  for (const name of [names[0]!, names.at(-1)!]) expect(await about(name)).toEqual([]);
});

test('one of them woken: one write of /scale, and none of the others is touched', async () => {
  const before = await writes();
  const [name] = names;
  expect((await request(rouse().port, hostOf(name!), '/')).status).toBe(200);
  const after = await writes();
  const scales = [...after].filter(([kind]) => /scale/i.test(kind));
  expect(scales.map(([kind, count]) => count - (before.get(kind) ?? 0))).toEqual([1]);
});
