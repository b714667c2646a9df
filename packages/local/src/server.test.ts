import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dig, type JsonObject } from './json.ts';
import { type LocalApi, startLocalApi } from './server.ts';
import { call, openWatch, patch, until } from './testing/api-client.ts';
import { configMapBody, deploymentBody } from './testing/sample-objects.ts';

const NS = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

let clock: ManualClock;
let api: LocalApi;

beforeEach(async () => {
  clock = manualClock();
  api = await startLocalApi({ port: 0, clock });
});

afterEach(() => api.close());

const create = (path: string, body: unknown) => call(api.url, path, { method: 'POST', body });
const version = (body: JsonObject) => String(dig(body, 'metadata', 'resourceVersion'));
const podBody = (name: string): JsonObject => ({
  metadata: { name, labels: { app: 'x' } },
  spec: { containers: [{ name: 'app', image: 'x' }] },
});

test('a created object has uid, version, generation, time and defaults, and is read back the same', async () => {
  const made = await create(`${APPS}/deployments`, deploymentBody('hello', { replicas: undefined }));
  expect(made.code).toBe(201);
  expect(made.body).toMatchObject({
    metadata: { namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: { spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 } },
    },
  });
  const read = await call(api.url, `${APPS}/deployments/hello`);
  expect(read.body).toEqual(made.body);
});

const refusals: [string, string, unknown, number, string, string][] = [
  [
    'negative replicas',
    'deployments',
    deploymentBody('d', { replicas: -1 }),
    422,
    'Invalid',
    'Deployment.apps "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'a selector that misses the template',
    'deployments',
    deploymentBody('d', { selector: { matchLabels: { app: 'other' } } }),
    422,
    'Invalid',
    '`selector` does not match template `labels`',
  ],
  ['a missing name', 'deployments', deploymentBody(''), 422, 'Invalid', 'metadata.name: Required value'],
  ['a bad name', 'deployments', deploymentBody('Bad_Name'), 422, 'Invalid', 'metadata.name: Invalid value: "Bad_Name"'],
  [
    'another kind',
    'deployments',
    configMapBody('c'),
    400,
    'BadRequest',
    'ConfigMap in version "v1" cannot be handled as a Deployment of apps/v1',
  ],
  [
    'no containers',
    'deployments',
    deploymentBody('d', { template: { metadata: { labels: { app: 'd' } }, spec: {} } }),
    422,
    'Invalid',
    'spec.template.spec.containers: Required value',
  ],
  [
    'an annotation that is no string',
    'deployments',
    { ...deploymentBody('d'), metadata: { name: 'd', annotations: { a: 1 } } },
    422,
    'Invalid',
    'must be a string; put it in quotes',
  ],
  ['a body that is no JSON', 'deployments', '{', 400, 'BadRequest', 'the body cannot be read'],
  ['an unknown resource', 'statefulsets', {}, 404, 'NotFound', 'the server could not find the requested resource'],
];

test.each(refusals)('%s is refused with a Status', async (_, resource, body, code, reason, message) => {
  const refused = await create(`${APPS}/${resource}`, body);
  expect(refused.code).toBe(code);
  expect(refused.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code });
  expect(refused.body.message).toContain(message);
});

test('not found, already existing and a missing namespace read as upstream says them', async () => {
  await create(`${NS}/configmaps`, configMapBody('c'));
  expect((await call(api.url, `${APPS}/deployments/no`)).body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'deployments.apps "no" not found',
    reason: 'NotFound',
    details: { name: 'no', group: 'apps', kind: 'deployments' },
    code: 404,
  });
  expect((await create(`${NS}/configmaps`, configMapBody('c'))).body).toMatchObject({
    reason: 'AlreadyExists',
    message: 'configmaps "c" already exists',
    code: 409,
  });
  expect((await create('/api/v1/namespaces/nowhere/configmaps', configMapBody('c'))).body).toMatchObject({
    message: 'namespaces "nowhere" not found',
    code: 404,
  });
});

test('a write on an old version is a conflict, and one without a version is not', async () => {
  const made = await create(`${NS}/configmaps`, configMapBody('c', { a: '1' }));
  const put = (body: JsonObject) => call(api.url, `${NS}/configmaps/c`, { method: 'PUT', body });
  const first = await put({ ...made.body, data: { a: '2' } });
  expect(first.code).toBe(200);
  const second = await put({ ...made.body, data: { a: '3' } });
  expect(second.body).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
  });
  expect((await put(configMapBody('c', { a: '4' }))).code).toBe(200);
});

test('a write that changes nothing gives no new version', async () => {
  const made = await create(`${NS}/configmaps`, configMapBody('c', { a: '1' }));
  const same = await patch(api.url, `${NS}/configmaps/c`, 'merge', { data: { a: '1' } });
  expect(version(same.body)).toBe(version(made.body));
});

test('generation counts changes of the spec alone; status is written through its own door alone', async () => {
  await create(`${APPS}/deployments`, deploymentBody('d'));
  const path = `${APPS}/deployments/d`;
  const annotated = await patch(api.url, path, 'merge', {
    metadata: { annotations: { a: 'b' } },
    status: { replicas: 7 },
  });
  expect(annotated.body).toMatchObject({ metadata: { generation: 1 }, status: {} });
  expect(dig(annotated.body, 'status', 'replicas')).toBeUndefined();
  const scaled = await patch(api.url, path, 'merge', { spec: { replicas: 5 } });
  expect(scaled.body).toMatchObject({ metadata: { generation: 2 } });
  const status = await patch(api.url, `${path}/status`, 'merge', { spec: { replicas: 9 }, status: { replicas: 5 } });
  expect(status.body).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 5 }, status: { replicas: 5 } });
});

test('the selector of a Deployment cannot be changed', async () => {
  await create(`${APPS}/deployments`, deploymentBody('d'));
  const refused = await patch(api.url, `${APPS}/deployments/d`, 'merge', {
    spec: { selector: { matchLabels: { app: 'd', x: 'y' } }, template: { metadata: { labels: { x: 'y' } } } },
  });
  expect(refused.code).toBe(422);
  expect(refused.body.message).toContain('spec.selector');
  expect(refused.body.message).toContain('field is immutable');
});

test('the Scale leaves replicas out at 0, wakes by test and add, and names who wrote', async () => {
  await create(`${APPS}/deployments`, deploymentBody('d', { replicas: 2 }));
  const path = `${APPS}/deployments/d/scale`;
  expect((await call(api.url, path)).body).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 2 },
    status: { replicas: 0, selector: 'app=d' },
  });
  const wrong = await patch(api.url, path, 'json', [
    { op: 'test', path: '/spec/replicas', value: 1 },
    { op: 'replace', path: '/spec/replicas', value: 0 },
  ]);
  expect(wrong.body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
    details: {},
    code: 422,
  });
  const asleep = await patch(api.url, `${path}?timeout=3s`, 'json', [
    { op: 'test', path: '/spec/replicas', value: 2 },
    { op: 'replace', path: '/spec/replicas', value: 0 },
  ]);
  expect(asleep.body.spec).toEqual({});
  const awake = await patch(api.url, `${path}?fieldManager=rouse`, 'json', [
    { op: 'test', path: '/spec', value: {} },
    { op: 'add', path: '/spec/replicas', value: 3 },
  ]);
  expect(awake.body.spec).toEqual({ replicas: 3 });
  const deployment = await call(api.url, `${APPS}/deployments/d`);
  expect(deployment.body).toMatchObject({ spec: { replicas: 3 }, metadata: { generation: 3 } });
  const entries = dig(deployment.body, 'metadata', 'managedFields') as JsonObject[];
  const writers = entries.filter((entry) => dig(entry, 'fieldsV1', 'f:spec', 'f:replicas') !== undefined);
  expect(writers).toMatchObject([{ manager: 'rouse', operation: 'Update', subresource: 'scale' }]);
});

test('a Scale on an old version, and a negative one, are refused', async () => {
  await create(`${APPS}/deployments`, deploymentBody('d'));
  const path = `${APPS}/deployments/d/scale`;
  const scale = await call(api.url, path);
  const stale = { ...scale.body, metadata: { ...(scale.body.metadata as JsonObject), resourceVersion: '1' } };
  expect((await call(api.url, path, { method: 'PUT', body: stale })).code).toBe(409);
  const tested = await patch(api.url, path, 'json', [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }]);
  expect(tested.code).toBe(422);
  const negative = await patch(api.url, path, 'merge', { spec: { replicas: -1 } });
  expect(negative.code).toBe(422);
  expect(negative.body.message).toContain('must be greater than or equal to 0');
});

test('a pod is bound at once, terminates with grace, and is gone when its kubelet says so', async () => {
  const made = await create(`${NS}/pods`, podBody('p'));
  expect(made.body).toMatchObject({ spec: { nodeName: 'local' }, status: { phase: 'Pending' } });
  const deleted = await call(api.url, `${NS}/pods/p`, { method: 'DELETE' });
  expect(deleted.body).toMatchObject({
    kind: 'Pod',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
  });
  const sooner = await call(api.url, `${NS}/pods/p?gracePeriodSeconds=5`, { method: 'DELETE' });
  expect(sooner.body).toMatchObject({ metadata: { deletionGracePeriodSeconds: 5 } });
  const uid = dig(made.body, 'metadata', 'uid');
  const wrong = { gracePeriodSeconds: 0, preconditions: { uid: 'other' } };
  expect((await call(api.url, `${NS}/pods/p`, { method: 'DELETE', body: wrong })).code).toBe(409);
  const right = { gracePeriodSeconds: 0, preconditions: { uid } };
  expect((await call(api.url, `${NS}/pods/p`, { method: 'DELETE', body: right })).code).toBe(200);
  expect((await call(api.url, `${NS}/pods/p`)).code).toBe(404);
});

test('the spec of a running pod is fixed', async () => {
  await create(`${NS}/pods`, podBody('p'));
  const refused = await patch(api.url, `${NS}/pods/p`, 'merge', { spec: { restartPolicy: 'Never' } });
  expect(refused.code).toBe(422);
  expect(refused.body.message).toContain('pod updates may not change fields other than');
});

test('a finalizer holds a deleted object until it is taken away', async () => {
  const body = configMapBody('c');
  await create(`${NS}/configmaps`, { ...body, metadata: { name: 'c', finalizers: ['example.com/wait'] } });
  await call(api.url, `${NS}/configmaps/c`, { method: 'DELETE' });
  expect(dig((await call(api.url, `${NS}/configmaps/c`)).body, 'metadata', 'deletionTimestamp')).toBeDefined();
  await patch(api.url, `${NS}/configmaps/c`, 'merge', { metadata: { finalizers: null } });
  expect((await call(api.url, `${NS}/configmaps/c`)).code).toBe(404);
});

test('dryRun answers as if, and stores nothing', async () => {
  expect((await create(`${NS}/configmaps?dryRun=All`, configMapBody('c'))).code).toBe(201);
  expect((await call(api.url, `${NS}/configmaps/c`)).code).toBe(404);
  expect((await create(`${NS}/configmaps?dryRun=Some`, configMapBody('c'))).code).toBe(400);
});

test('stringData of a Secret is stored in base64 and never shown', async () => {
  const made = await create(`${NS}/secrets`, { metadata: { name: 's' }, stringData: { key: 'välue' } });
  expect(made.body).toMatchObject({ type: 'Opaque', data: { key: Buffer.from('välue').toString('base64') } });
  expect(made.body).not.toHaveProperty('stringData');
});

test('a list comes in pages under the version of its first page', async () => {
  for (let index = 0; index < 5; index++) await create(`${NS}/configmaps`, configMapBody(`c${index}`));
  const first = await call(api.url, `${NS}/configmaps?limit=2`);
  await create(`${NS}/configmaps`, configMapBody('c9'));
  const token = String(dig(first.body, 'metadata', 'continue'));
  expect(first.body).toMatchObject({ kind: 'ConfigMapList', metadata: { remainingItemCount: 3 } });
  const second = await call(api.url, `${NS}/configmaps?limit=10&continue=${token}`);
  const names = (body: JsonObject) => (body.items as JsonObject[]).map((item) => dig(item, 'metadata', 'name'));
  expect([...names(first.body), ...names(second.body)]).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c9']);
  expect(version(second.body)).toBe(version(first.body));
  api.store.compact();
  expect((await call(api.url, `${NS}/configmaps?continue=${token}`)).body).toMatchObject({
    code: 410,
    reason: 'Expired',
  });
  expect((await call(api.url, `${NS}/configmaps?continue=nonsense`)).code).toBe(400);
});

test('lists choose by labels and fields, across namespaces too', async () => {
  await create('/api/v1/namespaces', { metadata: { name: 'other' } });
  await create(`${NS}/pods`, podBody('a'));
  await create('/api/v1/namespaces/other/pods', podBody('b'));
  const names = async (path: string) => {
    const { body } = await call(api.url, path);
    return (body.items as JsonObject[]).map((item) => dig(item, 'metadata', 'name'));
  };
  expect(await names('/api/v1/pods')).toEqual(['a', 'b']);
  expect(await names(`${NS}/pods?labelSelector=app%3Dx`)).toEqual(['a']);
  expect(await names(`${NS}/pods?labelSelector=app!%3Dx`)).toEqual([]);
  expect(await names('/api/v1/pods?fieldSelector=metadata.namespace%3Dother,spec.nodeName%3Dlocal')).toEqual(['b']);
  expect((await call(api.url, '/api/v1/pods?fieldSelector=spec.image%3Dx')).code).toBe(400);
});

test('a watch from a version tells all that changed since, then what changes now', async () => {
  const first = await create(`${NS}/configmaps`, configMapBody('c', { a: '1' }));
  await patch(api.url, `${NS}/configmaps/c`, 'merge', { data: { a: '2' } });
  const watch = await openWatch(api.url, `${NS}/configmaps?watch=true&resourceVersion=${version(first.body)}`);
  await create('/api/v1/namespaces', { metadata: { name: 'other' } });
  await create('/api/v1/namespaces/other/configmaps', configMapBody('elsewhere'));
  await call(api.url, `${NS}/configmaps/c`, { method: 'DELETE' });
  await until('the deletion', () => watch.lines.length >= 2);
  expect(watch.lines.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['MODIFIED', 'c'],
    ['DELETED', 'c'],
  ]);
  const versions = watch.lines.map(({ object }) => Number(object.metadata.resourceVersion));
  expect(versions[1]).toBeGreaterThan(versions[0] ?? Number.NaN);
  watch.close();
});

test('a watch without a version begins with what there is', async () => {
  await create(`${NS}/configmaps`, configMapBody('c'));
  const watch = await openWatch(api.url, `${NS}/configmaps?watch=1`);
  await until('the object', () => watch.lines.length === 1);
  expect(watch.lines[0]).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'c' } } });
  watch.close();
});

test('an object that comes to match is ADDED, one that ceases to is DELETED as it last matched', async () => {
  await create(`${NS}/pods`, podBody('p'));
  const watch = await openWatch(
    api.url,
    `${NS}/pods?watch=1&labelSelector=on%3Dyes&resourceVersion=${api.store.version()}`,
  );
  const label = (on: string | null) => patch(api.url, `${NS}/pods/p`, 'merge', { metadata: { labels: { on } } });
  await label('no');
  await label('yes');
  await patch(api.url, `${NS}/pods/p`, 'merge', { metadata: { annotations: { a: 'b' } } });
  const last = await label(null);
  await until('three events', () => watch.lines.length >= 3);
  expect(watch.lines.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  const gone = watch.lines[2];
  expect(dig(gone?.object, 'metadata', 'labels', 'on')).toBe('yes');
  expect(gone?.object.metadata.resourceVersion).toBe(version(last.body));
  watch.close();
});

test('a watch older than the history is told 410 in the stream, which ends', async () => {
  const made = await create(`${NS}/configmaps`, configMapBody('c'));
  await patch(api.url, `${NS}/configmaps/c`, 'merge', { data: { a: '2' } });
  api.store.compact();
  const watch = await openWatch(api.url, `${NS}/configmaps?watch=1&resourceVersion=${version(made.body)}`);
  await watch.ended;
  expect(watch.lines).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
  const fresh = await openWatch(api.url, `${NS}/configmaps?watch=1&resourceVersion=${api.store.version()}`);
  await create(`${NS}/configmaps`, configMapBody('d'));
  await until('the new object', () => fresh.lines.length === 1);
  fresh.close();
});

test('bookmarks come each minute and before the end that timeoutSeconds sets', async () => {
  const from = api.store.version();
  const path = `${NS}/configmaps?watch=1&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=${from}`;
  const watch = await openWatch(api.url, path);
  await create('/api/v1/namespaces', { metadata: { name: 'other' } });
  clock.advance(60_000);
  await until('a bookmark', () => watch.lines.length === 1);
  expect(watch.lines[0]).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
  expect(Number(watch.lines[0]?.object.metadata.resourceVersion)).toBeGreaterThan(from);
  clock.advance(30_000);
  await watch.ended;
  expect(watch.lines.map(({ type }) => type)).toEqual(['BOOKMARK', 'BOOKMARK']);
});

test('sendInitialEvents gives what there is, then the bookmark that says so', async () => {
  await create(`${NS}/configmaps`, configMapBody('c'));
  const query = 'watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const watch = await openWatch(api.url, `${NS}/configmaps?${query}`);
  await until('the bookmark', () => watch.lines.length === 2);
  expect(watch.lines).toMatchObject([
    { type: 'ADDED' },
    { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
  ]);
  watch.close();
});

test('watches can be cut, and resume without loss', async () => {
  const watch = await openWatch(api.url, `${NS}/configmaps?watch=1&resourceVersion=${api.store.version()}`);
  const made = await create(`${NS}/configmaps`, configMapBody('a'));
  api.cutWatches();
  await watch.ended;
  await create(`${NS}/configmaps`, configMapBody('b'));
  const resumed = await openWatch(api.url, `${NS}/configmaps?watch=1&resourceVersion=${version(made.body)}`);
  await until('what was missed', () => resumed.lines.length === 1);
  expect(resumed.lines[0]).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
  resumed.close();
});

test("kubectl's tables: columns of deployments and pods, on lists and on watches", async () => {
  await create(`${APPS}/deployments`, deploymentBody('d', { replicas: 2 }));
  await create(`${NS}/pods`, podBody('p'));
  const table = await call(api.url, `${APPS}/deployments`, { headers: TABLE });
  const columns = (body: JsonObject, priority: number) =>
    (body.columnDefinitions as JsonObject[]).filter((entry) => entry.priority === priority).map(({ name }) => name);
  expect(table.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
  expect(columns(table.body, 0)).toEqual(['Name', 'Ready', 'Up-to-date', 'Available', 'Age']);
  expect(columns(table.body, 1)).toEqual(['Containers', 'Images', 'Selector']);
  expect(dig(table.body, 'rows')).toMatchObject([
    { cells: ['d', '0/2', 0, 0, '0s', 'app', 'app:1', 'app=d'], object: { kind: 'PartialObjectMetadata' } },
  ]);
  const from = version(table.body);
  const watch = await openWatch(api.url, `${NS}/pods?watch=1&resourceVersion=${from}&includeObject=Object`, TABLE);
  clock.advance(125_000);
  await patch(api.url, `${NS}/pods/p/status`, 'strategic-merge', {
    status: {
      phase: 'Running',
      podIP: '127.0.0.1',
      containerStatuses: [{ name: 'app', ready: true, restartCount: 2 }],
    },
  });
  await call(api.url, `${NS}/pods/p`, { method: 'DELETE' });
  await until('two rows', () => watch.lines.length === 2);
  const [running, terminating] = watch.lines;
  expect(columns(running?.object ?? {}, 0)).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
  expect(dig(running?.object, 'rows')).toMatchObject([
    { cells: ['p', '1/1', 'Running', '2', '2m5s', '127.0.0.1', 'local', '<none>', '<none>'], object: { kind: 'Pod' } },
  ]);
  expect(terminating?.object.columnDefinitions).toBeNull();
  expect(dig(terminating?.object, 'rows')).toMatchObject([
    { cells: ['p', '1/1', 'Terminating', '2', '2m5s', '127.0.0.1', 'local', '<none>', '<none>'] },
  ]);
  watch.close();
});

test('an Event written in one group reads in the other', async () => {
  const regarding = { kind: 'Deployment', namespace: 'default', name: 'd', uid: 'u' };
  const body = {
    metadata: { name: 'e' },
    regarding,
    note: 'woken',
    reason: 'Woken',
    type: 'Normal',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'rouse',
  };
  const made = await create('/apis/events.k8s.io/v1/namespaces/default/events', body);
  expect(made.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'woken', regarding });
  const core = await call(api.url, `${NS}/events?fieldSelector=involvedObject.name%3Dd`);
  expect(core.body.items).toMatchObject([
    { apiVersion: 'v1', message: 'woken', involvedObject: regarding, reportingComponent: 'rouse' },
  ]);
});

test('a Lease is never overwritten blindly', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'a', leaseTransitions: 0 } };
  const made = await create(path, lease);
  expect((await call(api.url, `${path}/l`, { method: 'PUT', body: lease })).code).toBe(422);
  expect(
    (await call(api.url, `${path}/l`, { method: 'PUT', body: { ...made.body, spec: { holderIdentity: 'b' } } })).code,
  ).toBe(200);
  expect(
    (await call(api.url, `${path}/l`, { method: 'PUT', body: { ...made.body, spec: { holderIdentity: 'c' } } })).code,
  ).toBe(409);
});

test('server-side apply creates, merges keyed lists, and records its manager', async () => {
  const apply = (body: JsonObject, query = 'fieldManager=me') =>
    call(api.url, `${APPS}/deployments/d?${query}`, {
      method: 'PATCH',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  expect((await apply(deploymentBody('d'), '')).code).toBe(422);
  expect((await apply(deploymentBody('d'))).code).toBe(201);
  const side = { spec: { template: { spec: { containers: [{ name: 'side', image: 's' }] } } } };
  const both = await apply(
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, ...side },
    'fieldManager=other',
  );
  expect(both.code).toBe(200);
  expect(dig(both.body, 'spec', 'template', 'spec', 'containers')).toMatchObject([{ name: 'app' }, { name: 'side' }]);
  expect(dig(both.body, 'metadata', 'managedFields')).toMatchObject([
    { manager: 'me', operation: 'Apply' },
    { manager: 'other', operation: 'Apply' },
  ]);
});

test('discovery lists what is served, with short names and scale', async () => {
  expect((await call(api.url, '/apis')).body).toMatchObject({
    kind: 'APIGroupList',
    groups: [
      { name: 'events.k8s.io' },
      { name: 'apps' },
      { name: 'coordination.k8s.io' },
      { name: 'serving.kserve.io' },
    ],
  });
  const apps = await call(api.url, '/apis/apps/v1');
  const names = (apps.body.resources as JsonObject[]).map(({ name }) => name);
  expect(names).toEqual([
    'deployments',
    'deployments/status',
    'deployments/scale',
    'replicasets',
    'replicasets/status',
    'replicasets/scale',
  ]);
  expect((await call(api.url, '/version')).body).toMatchObject({ major: '1', minor: '35' });
  expect((await call(api.url, '/apis/batch/v1')).code).toBe(404);
  const apply = await call(api.url, '/openapi/v3/apis/apps/v1');
  const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}';
  expect(dig(apply.body, 'paths', path, 'patch', 'parameters')).toMatchObject([
    { name: 'dryRun' },
    { name: 'fieldManager' },
    { name: 'fieldValidation' },
  ]);
});

test('a foreign Host and anything a web page sends are refused', async () => {
  expect((await call(api.url, '/version', { headers: { host: 'evil.example:80' } })).code).toBe(421);
  for (const host of ['localhost', '127.0.0.1:6440', '[::1]:6440', 'LOCALHOST:1']) {
    expect((await call(api.url, '/version', { headers: { host } })).code).toBe(200);
  }
  const write = { method: 'POST', body: configMapBody('c'), headers: { origin: 'http://localhost:9090' } };
  expect((await call(api.url, `${NS}/configmaps`, write)).code).toBe(403);
});

test('unusable media types, methods and sizes have their own codes', async () => {
  const text = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };
  expect((await call(api.url, `${NS}/configmaps`, text)).code).toBe(415);
  const protobuf = { method: 'POST', body: 'x', headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } };
  expect((await call(api.url, `${NS}/configmaps`, protobuf)).body.message).toContain('--dry-run=client');
  expect((await call(api.url, `${NS}/configmaps`, { headers: { accept: 'text/html' } })).code).toBe(406);
  expect((await call(api.url, `${NS}/configmaps`, { method: 'PUT', body: {} })).code).toBe(405);
  expect((await patch(api.url, `${NS}/configmaps/c`, 'json', { not: 'a list' })).code).toBe(400);
  const huge = { method: 'POST', body: configMapBody('c', { a: 'x'.repeat(3 * 1024 * 1024) }) };
  expect((await call(api.url, `${NS}/configmaps`, huge)).code).toBe(413);
});

test('a body with __proto__ reaches no prototype', async () => {
  const body = '{"metadata":{"name":"c"},"data":{"a":"b"},"__proto__":{"polluted":"yes"}}';
  const made = await create(`${NS}/configmaps`, body);
  expect(made.code).toBe(201);
  await patch(
    api.url,
    `${NS}/configmaps/c`,
    'merge',
    JSON.parse('{"__proto__":{"polluted":"yes"},"data":{"__proto__":null}}'),
  );
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('a port in use is told by its code', async () => {
  const { port } = new URL(api.url);
  await expect(startLocalApi({ port: Number(port), clock })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
