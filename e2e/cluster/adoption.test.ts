/** Which Deployments Rouse takes on, what it gives back when it is told to leave one, and how it tells what is wrong. */
import { until } from '@rouse/contract/testing';
import { JSON_PATCH } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployment } from '../app/app-deployment.ts';
import { type Deployment, deployments } from '../deployments.ts';
import { toldEvents } from '../events.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: { proxies: 1 } });
const { create, get, settled } = deployments(cluster);
const { known } = hands(system);
const { about, told } = toldEvents(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const collection = '/apis/apps/v1/namespaces/default/deployments';

async function annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
  await cluster().patch(`${collection}/${name}`, { metadata: { annotations } });
}

/** One replica of the app, with no word to Rouse but these annotations. */
function plain(name: string, namespace: string, annotations: Readonly<Record<string, string>>): object {
  const made = deployment({ name, replicas: 1 }, cluster().appLogFile) as { spec: { template: { spec: object } } };
  Object.assign(made.spec.template.spec, { automountServiceAccountToken: false });
  return { ...made, metadata: { name, namespace, annotations } };
}

test.concurrent('the label of a Namespace takes on all in it but those that say no or are for another autoscaler', async () => {
  const labels = { 'rouse.dev/enabled': 'true' };
  await cluster().apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'opted', labels } });
  const quiet = { ...window, 'rouse.dev/quiet': 'path:/healthz' };
  await cluster().apply(
    plain('taken-on', 'opted', quiet),
    plain('says-no', 'opted', { ...quiet, 'rouse.dev/enabled': 'false' }),
    plain('of-another', 'opted', { ...quiet, 'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev' }),
    plain('says-nothing', 'default', {}),
  );
  const replicas = async (name: string): Promise<number> =>
    (await cluster().get<Deployment>(`/apis/apps/v1/namespaces/opted/deployments/${name}`)).spec.replicas;
  await until(async () => (await replicas('taken-on')) === 0, 'asleep without a first request', 60_000);
  expect([await replicas('says-no'), await replicas('of-another')]).toEqual([1, 1]);
  const ask = (host: string) => request(rouse().port, `${host}.example.com`, '/');
  const answer = await ask('taken-on.opted');
  expect([answer.status, answer.body.split('-').slice(0, 2).join('-')]).toEqual([200, 'taken-on']);
  for (const host of ['says-no.opted', 'says-nothing.default']) {
    expect([host, (await ask(host)).headers['x-rouse-error']]).toEqual([host, 'no-route']);
  }
});

test.concurrent('told to leave a Deployment that sleeps, Rouse gives its pods back and has no route for it', async () => {
  await create({ name: 'left', annotations: { ...window, 'rouse.dev/min-scale': '2' }, replicas: 2 });
  await create({ name: 'forgotten', annotations: window, replicas: 1 });
  for (const name of ['left', 'forgotten']) await known(name);
  await annotate('left', { 'rouse.dev/min-scale': '0' });
  for (const name of ['left', 'forgotten']) await settled(name, 0, 60_000);
  await annotate('left', { 'rouse.dev/enabled': 'false', 'rouse.dev/min-scale': '2' });
  await annotate('forgotten', { 'rouse.dev/enabled': null, 'autoscaling.knative.dev/window': null });
  await settled('left', 2);
  await settled('forgotten', 1);
  for (const name of ['left', 'forgotten']) {
    const { headers } = await request(rouse().port, `${name}.default.example.com`, '/');
    expect([name, headers['x-rouse-error']]).toEqual([name, 'no-route']);
  }
  expect([(await get('left')).spec.replicas, (await get('forgotten')).spec.replicas]).toEqual([2, 1]);
});

test.concurrent('the same fault again and again is one Event that counts, and many faults are few Events', async () => {
  const hosts = Array.from({ length: 13 }, (_, index) => `taken-${index}.example.org`);
  await create({ name: 'has-them', annotations: { ...window, 'rouse.dev/routes': hosts.join() } });
  await known('has-them');
  // Ages count in seconds.
  const bornAt = (await get('has-them')).metadata.creationTimestamp!;
  await until(() => Date.now() > Date.parse(bornAt) + 1_500, 'a second');
  await create({ name: 'wants-them', annotations: window });
  await known('wants-them');
  const wants = async (routes: string): Promise<void> => {
    await annotate('wants-them', { 'rouse.dev/routes': routes });
    const problems = async () => (await rouse().workload('wants-them'))?.problems.join() ?? '';
    const isKnown = async () =>
      routes === 'free.example.org' ? (await problems()) === '' : (await problems()).includes(routes);
    await until(isKnown, `${routes} is looked at`);
  };
  for (let round = 0; round < 3; round++) {
    await wants(hosts[0]!);
    await wants('free.example.org');
  }
  const counts = async () => (await about('wants-them', 'RouseConfiguration')).map(({ count }) => count);
  await until(async () => `${await counts()}` === '3', 'one Event, counted three times');
  for (const host of hosts.slice(1)) await wants(host);
  const last = await told('wants-them', 'RouseConfiguration', hosts.at(-1)!);
  expect(last.message).toContain('combined from similar events');
  // As client-go does it: nine and what they are combined in.
  expect((await counts()).length).toBe(10);
});

test('an operator told to adopt by name alone lets go of what has only Knative’s keys', async () => {
  const pods = { 'autoscaling.knative.dev/min-scale': '1' };
  await cluster().apply(plain('by-keys', 'default', pods));
  await create({ name: 'by-name', annotations: pods });
  await known('by-name');
  const status = async (name: string) => rouse().workload(name);
  await until(async () => (await status('by-keys'))?.unmanaged?.includes('until a first request'), 'by-keys is known');
  const path = '/apis/apps/v1/namespaces/rouse-system/deployments/rouse-operator';
  const body = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--adopt=explicit' }];
  await cluster().patch(path, body, JSON_PATCH);
  const isLetGo = async () => (await status('by-name')) !== undefined && (await status('by-keys')) === undefined;
  await until(isLetGo, 'by-keys is let go', 60_000);
  const codeOf = async (name: string) =>
    (await request(rouse().port, `${name}.default.example.com`, '/')).headers['x-rouse-error'];
  await until(async () => (await codeOf('by-keys')) === 'no-route', 'by-keys has no route');
  expect([(await status('by-name'))?.unmanaged, await codeOf('by-name')]).toEqual([null, undefined]);
});
