import { afterEach, expect, test } from 'vitest';
import { imageFault } from './image-name.ts';
import { type NodeUnderTest, realClock, shell, startNode } from './testing/node-under-test.ts';
import { until } from './testing/until.ts';

let node: NodeUnderTest | undefined;
afterEach(() => node?.close());

test.each([
  'nginx',
  'nginx:1.27',
  'library/nginx',
  'registry.example.com:5000/a/b_c/d-e.f:Tag_1.0-x',
  'localhost/app',
  `ghcr.io/team/app@sha256:${'a'.repeat(64)}`,
  'exists-not/does-not-exist-either:1',
])('%s is there', (image) => {
  expect(imageFault(image, undefined)).toBeUndefined();
});

test.each(['', 'library/Upper', 'a b', 'a::b', 'nginx:', '/nginx', 'nginx@sha256:short', 'a//b'])(
  '%j is no name',
  (image) => {
    expect(imageFault(image, undefined)?.reason).toBe('InvalidImageName');
  },
);

test.each(['does-not-exist', 'registry.example.com/team/does-not-exist:1', 'registry.invalid/app:1'])(
  '%s cannot be pulled',
  (image) => {
    expect(imageFault(image, 'IfNotPresent')?.reason).toBe('ErrImagePull');
    expect(imageFault(image, 'Never')?.reason).toBe('ErrImageNeverPull');
  },
);

test('a pull that fails is told, backs off, and starts no process', async () => {
  node = await startNode(realClock);
  const { api } = node;
  api.create('app', shell('echo up', { image: 'example.com/does-not-exist:1' }));
  const failed = await node.podWhen('app', 'failed', (_pod, { state }) => state.waiting?.reason === 'ErrImagePull');
  expect(failed.status?.phase).toBe('Pending');
  const backing = await node.podWhen('app', 'backing off', (_pod, { state }) => {
    return state.waiting?.reason === 'ImagePullBackOff';
  });
  expect(backing.status?.containerStatuses?.[0]?.state.waiting?.message).toMatch(
    /^Back-off pulling image "example.com\/does-not-exist:1": ErrImagePull: /,
  );
  const reasons = await until('Events', () => {
    const found = api.events().map((each) => `${each.reason}: ${each.message}`);
    return found.length >= 5 && found;
  });
  expect(reasons).toContain('Failed: Error: ErrImagePull');
  expect(reasons).toContain('BackOff: Back-off pulling image "example.com/does-not-exist:1"');
  api.delete('app');
  await until('gone', () => api.pod('app') === undefined);
  expect(node.lines).toEqual([]);
});
