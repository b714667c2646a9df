import { defaultClusterConfig } from '@rouse/contract';
import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, expect, test } from 'vitest';
import { type TestApi, testApi } from '../cluster/test-api.ts';
import { liveConfig } from './live-config.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const CONFIG_MAP = '/api/v1/namespaces/rouse-system/configmaps/rouse-config';

async function opened(prepare: (api: TestApi) => void = () => undefined) {
  const api = await testApi();
  prepare(api);
  const clock = manualClock();
  const kube = connect({ server: api.url });
  const events: string[] = [];
  let changes = 0;
  const config = liveConfig({
    kube,
    clock,
    log: { info: () => undefined, warn: () => undefined },
    events: {
      record: ({ kind, name }, _type, reason, message) => events.push(`${kind} ${name} ${reason}: ${message}`),
    },
    namespace: 'rouse-system',
    name: 'rouse-config',
    onChange: () => changes++,
  });
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => config.stop(),
  );
  await config.whenSynced;
  const when = (is: () => boolean, what: string) =>
    until(() => {
      clock.advance(20);
      return is();
    }, what);
  return { api, config, events, when, changes: () => changes };
}

test('without the ConfigMap, and without permission to read it, the defaults are in force', async () => {
  expect((await opened()).config.current).toEqual(defaultClusterConfig);
  const forbidden = await opened((api) => api.fail(/configmaps/, 403));
  expect(forbidden.config.current).toEqual(defaultClusterConfig);
});

test('what stands in the ConfigMap at the start is in force when it is synced, and another of the namespace is not', async () => {
  const { config } = await opened((api) => {
    api.put(CONFIG_MAP, { data: { 'stable-window': '30s' } });
    api.put('/api/v1/namespaces/rouse-system/configmaps/other', { data: { 'stable-window': '9s' } });
  });
  expect(config.current.stableWindow).toBe(30_000);
});

test('a change is taken up live, and its deletion brings the defaults back', async () => {
  const { api, config, when, changes } = await opened();
  api.put(CONFIG_MAP, { data: { 'max-scale': '7' } });
  await when(() => config.current.maxScale === 7, 'max-scale 7');
  api.remove(CONFIG_MAP);
  await when(() => config.current.maxScale === 0, 'the default');
  expect(changes()).toBe(2);
});

test('a bad value is told by an Event on the ConfigMap, and the last good values stay in force', async () => {
  const { api, config, events, when } = await opened((each) => each.put(CONFIG_MAP, { data: { 'max-scale': '7' } }));
  api.put(CONFIG_MAP, { data: { 'max-scale': '8', 'stable-window': '1s' } });
  await when(() => events.length > 0, 'an Event');
  expect(events).toEqual([
    'ConfigMap rouse-config InvalidConfiguration: stable-window: "1s" is not accepted; allowed: a duration from 6s to 1h in whole seconds. Set stable-window to a value in that range: e.g. 1m.',
  ]);
  expect(config.current.maxScale).toBe(7);
  expect(config.problems).toHaveLength(1);
  api.put(CONFIG_MAP, { data: { 'max-scale': '8', 'stable-window': '10s' } });
  await when(() => config.current.maxScale === 8, 'the mended one');
  expect(config.problems).toEqual([]);
});
