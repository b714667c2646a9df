import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@rouse/contract/testing';
import { connect, type Kube } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountedLaunch } from './mounted-launch.ts';
import type { Pod, Volume } from './pod.ts';
import { podVolumes } from './pod-volumes.ts';
import { type PodApi, startPodApi } from './testing/pod-api.ts';
import { until } from './testing/until.ts';
import { volumeContent } from './volume-content.ts';

let api: PodApi;
let kube: Kube;
beforeEach(async () => {
  api = await startPodApi();
  kube = connect({ server: api.url });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

const addresses = { podIp: '10.244.1.2', hostIp: '10.244.1.1' };
const pod = (volumes: readonly Volume[] = []): Pod => ({
  metadata: { name: 'app', namespace: 'default', uid: 'u', resourceVersion: '1', labels: { app: 'x' } },
  spec: { containers: [], volumes },
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function filesOf(volume: Volume): Promise<Record<string, string> | string> {
  const result = await volumeContent({ kube, addresses }, pod(), volume);
  if (!result.ok) return result.message;
  return Object.fromEntries([...result.content.files].map(([name, bytes]) => [name, bytes.toString()]));
}

test('Secrets, ConfigMaps and own fields become files, whole or item by item', async () => {
  api.objects.set('secrets/s', { data: { user: base64('me'), password: base64('pw') } });
  api.objects.set('configmaps/c', { data: { 'a.conf': 'text' } });
  expect(await filesOf({ name: 'v', secret: { secretName: 's' } })).toEqual({ user: 'me', password: 'pw' });
  const items = [{ key: 'user', path: 'deep/name' }];
  expect(await filesOf({ name: 'v', secret: { secretName: 's', items } })).toEqual({ 'deep/name': 'me' });
  const sources = [
    { secret: { name: 's', items } },
    { configMap: { name: 'c' } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ];
  expect(await filesOf({ name: 'v', projected: { sources } })).toEqual({
    'deep/name': 'me',
    'a.conf': 'text',
    namespace: 'default',
  });
  expect(await filesOf({ name: 'v', emptyDir: {} })).toEqual({});
});

test('what is missing is told as a kubelet does, unless it is optional', async () => {
  const begin = 'MountVolume.SetUp failed for volume "v" : ';
  expect(await filesOf({ name: 'v', secret: { secretName: 'no' } })).toBe(`${begin}secret "no" not found`);
  expect(await filesOf({ name: 'v', secret: { secretName: 'no', optional: true } })).toEqual({});
  api.objects.set('configmaps/c', { data: {} });
  const items = [{ key: 'k', path: 'p' }];
  expect(await filesOf({ name: 'v', configMap: { name: 'c', items } })).toBe(
    `${begin}references non-existent key in c: k`,
  );
  expect(await filesOf({ name: 'v' })).toBe(`${begin}volumes of this kind are not made here`);
});

test('volumes follow their Secret, are tried again after a failure, and go with the pod', async () => {
  const clock = manualClock();
  const folder = join(mkdtempSync(join(tmpdir(), 'rouse-volumes-')), 'u');
  const subject = pod([{ name: 'v', secret: { secretName: 's' } }]);
  let failures = 0;
  const watched: Kube = {
    ...kube,
    async request<T>(options: Parameters<Kube['request']>[0]) {
      const result = await kube.request<T>(options);
      if (!result.ok) failures++;
      return result;
    },
  };
  const volumes = podVolumes({ kube: watched, addresses, clock, folder, refreshMs: 1000, pod: () => subject });
  expect(await volumes.ready()).toMatchObject({ ok: false });
  api.objects.set('secrets/s', { data: { token: base64('old') } });
  expect(await volumes.ready()).toEqual({ ok: true, folders: new Map([['v', join(folder, 'v')]]) });
  const token = () => readFileSync(join(folder, 'v/token'), 'utf8');
  expect(token()).toBe('old');
  api.objects.set('secrets/s', { data: { token: base64('new') } });
  clock.advance(999);
  expect(token()).toBe('old');
  clock.advance(1);
  await until('the new token', () => token() === 'new');
  api.objects.delete('secrets/s');
  const before = failures;
  await until('a read that fails', () => {
    clock.advance(1000);
    return failures > before;
  });
  api.objects.set('secrets/s', { data: { token: base64('newest') } });
  await until('the newest token after a read that failed', () => {
    clock.advance(1000);
    return token() === 'newest';
  });
  await volumes.close();
  expect(existsSync(folder)).toBe(false);
  rmSync(join(folder, '..'), { recursive: true });
});

test('a command with volumes is wrapped, one without is left as it is', () => {
  const launch = { command: '/bin/app', args: ['--x'], workingDir: '/', env: {} };
  const folders = new Map([['v', '/volumes/v']]);
  expect(mountedLaunch(launch, { name: 'main' }, folders)).toBe(launch);
  const volumeMounts = [{ name: 'v', mountPath: '/var/run/secrets/x', readOnly: true }];
  const wrapped = mountedLaunch(launch, { name: 'main', volumeMounts }, folders);
  expect(wrapped).toMatchObject({ command: 'unshare', workingDir: '/' });
  expect((wrapped as typeof launch).args.slice(-6)).toEqual([
    '/volumes/v',
    '/run/secrets/x',
    'ro',
    '--',
    '/bin/app',
    '--x',
  ]);
  expect(mountedLaunch(launch, { name: 'main', volumeMounts: [{ name: 'w', mountPath: '/x' }] }, folders)).toBe(
    'container main: there is no volume "w"',
  );
});
