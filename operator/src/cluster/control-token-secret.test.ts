import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, expect, test } from 'vitest';
import { secretToken } from './control-token-secret.ts';
import { type TestApi, testApi } from './test-api.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const SECRET = '/api/v1/namespaces/rouse-system/secrets/rouse-control-token';
const clock = manualClock();
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function apiWith(prepare: (api: TestApi) => void = () => undefined): Promise<TestApi> {
  const api = await testApi();
  closing.push(() => api.close());
  prepare(api);
  return api;
}

async function open(api: TestApi, warnings: string[] = []) {
  const kube = connect({ server: api.url });
  closing.push(() => kube.close());
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const opened = secretToken({ kube, clock, log, namespace: 'rouse-system', name: 'rouse-control-token' });
  let result: Awaited<typeof opened> | undefined;
  void opened.then((each) => {
    result = each;
  });
  await until(() => {
    clock.advance(500);
    return result !== undefined;
  }, 'the token to be known');
  if (result?.ok) closing.push(() => result?.ok && result.token.close());
  return result!;
}

async function tokenOf(api: TestApi, warnings?: string[]) {
  const result = await open(api, warnings);
  if (!result.ok) throw new Error(result.problem.fix);
  return result.token;
}

test('where there is no Secret one is made with a random token, and both replicas read the same', async () => {
  const api = await apiWith();
  const [one, two] = await Promise.all([tokenOf(api), tokenOf(api)]);
  expect(one.current).toMatch(/^[\w-]{43}$/);
  expect(two.current).toBe(one.current);
  expect((await tokenOf(api)).current).toBe(one.current);
  expect((await tokenOf(await apiWith())).current).not.toBe(one.current);
});

test('a Secret that is there is kept, and followed while it rotates', async () => {
  const api = await apiWith((each) => each.put(SECRET, { data: { token: base64('first') } }));
  const warnings: string[] = [];
  const token = await tokenOf(api, warnings);
  expect(token.current).toBe('first');
  api.put(SECRET, { data: { token: base64('second\nfirst') } });
  await until(() => {
    clock.advance(20);
    return token.current === 'second';
  }, 'the second token');
  expect(token.isAuthorized('Bearer first')).toBe(true);
  expect(token.isAuthorized('Bearer third')).toBe(false);
  api.put(SECRET, { data: {} });
  api.remove(SECRET);
  await until(() => {
    clock.advance(20);
    return warnings.length === 2;
  }, 'both to be told');
  expect(token.current).toBe('second');
});

test('a passing failure of the API is waited out, a refusal and a Secret without a token are told', async () => {
  const api = await apiWith((each) => each.fail(/secrets/, 500));
  const opening = open(api);
  await until(() => api.requests.length > 1, 'two attempts');
  api.heal();
  expect((await opening).ok).toBe(true);

  const forbidden = await open(await apiWith((each) => each.fail(/POST .*secrets/, 403)));
  expect(forbidden).toMatchObject({ ok: false, problem: { value: 'rouse-system/rouse-control-token' } });
  const empty = await open(await apiWith((each) => each.put(SECRET, { data: { other: base64('x') } })));
  expect(empty).toMatchObject({ ok: false, problem: { fix: expect.stringContaining('key `token`') } });
});
