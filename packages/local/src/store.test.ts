import { manualClock } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import type { KubeObject } from './objects.ts';
import { createStore } from './store.ts';

function object(name: string, namespace = 'default'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '' },
  };
}

test('one counter runs over all tables, and each write is told in order', () => {
  const store = createStore(manualClock());
  const seen: [string, string, number][] = [];
  const start = store.version();
  store.subscribe(({ type, table, version }) => seen.push([type, table, version - start]));
  store.put('a', object('x'));
  store.put('b', object('x'));
  store.put('a', object('x'));
  store.remove('a', 'default', 'x');
  expect(store.remove('a', 'default', 'x')).toBeUndefined();
  expect(seen).toEqual([
    ['ADDED', 'a', 1],
    ['ADDED', 'b', 2],
    ['MODIFIED', 'a', 3],
    ['DELETED', 'a', 4],
  ]);
  expect(store.since('a', start + 1)?.map(({ version }) => version - start)).toEqual([3, 4]);
});

test('the history is bounded: what it no longer reaches is null, what it reaches is whole', () => {
  const store = createStore(manualClock(), 10);
  const start = store.version();
  for (let index = 0; index < 100; index++) store.put('a', object(`x${index}`));
  expect(store.since('a', start)).toBeNull();
  for (let back = 0; back <= 10; back++) expect(store.since('a', store.version() - back)).toHaveLength(back);
});

test('a store started later knows no version of an earlier one', () => {
  const clock = manualClock();
  const before = createStore(clock);
  before.put('a', object('x'));
  clock.advance(5_000);
  expect(createStore(clock).since('a', before.version())).toBeNull();
});

test('namespaces whose names begin alike are kept apart', () => {
  const store = createStore(manualClock());
  store.put('a', object('x', 'team'));
  store.put('a', object('y', 'team-b'));
  expect(store.list('a', 'team').map(({ metadata }) => metadata.name)).toEqual(['x']);
  expect(store.list('a')).toHaveLength(2);
});

test('objects are found by their owner, whatever became of the owner since', () => {
  const store = createStore(manualClock());
  const owner = { apiVersion: 'v1', kind: 'X', name: 'o', uid: 'owner' };
  const child = object('child');
  child.metadata.ownerReferences = [owner];
  store.put('a', child);
  store.put('a', object('orphan'));
  const names = (uid: string) => store.owned('a', uid).map(({ metadata }) => metadata.name);
  expect([names('owner'), names('')]).toEqual([['child'], ['orphan']]);
  expect(store.hasUid('child')).toBe(true);
  store.put('a', object('child'));
  expect([names('owner'), names('').sort()]).toEqual([[], ['child', 'orphan']]);
  store.remove('a', 'default', 'child');
  expect(names('')).toEqual(['orphan']);
  expect(store.hasUid('child')).toBe(false);
});
