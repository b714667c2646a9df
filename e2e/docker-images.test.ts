/** The images that a build would give, made and started here as their user: a file that is missing from one is found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { afterAll, afterEach, expect, test } from 'vitest';
import { buildImage, contextFilter, type DockerImage, filesBelow } from './docker-image.ts';
import { freePorts } from './ports.ts';

const repository = join(import.meta.dirname, '..');
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null || child.signalCode !== null, 'it ends', 20_000);
  }
});
/** Made once each: what runs from one cannot change it. */
const images = new Map<string, DockerImage>();
afterAll(() => {
  for (const image of images.values()) image.remove();
});

interface Running {
  output(): string;
  readonly ended: Promise<number | null>;
}

/** `docker run IMAGE ARGS…`, or with another program of the image's in place of its entrypoint. */
function start(image: DockerImage, args: readonly string[], command = image.entrypoint): Running {
  const isRoot = process.getuid?.() === 0;
  const child = spawn(command[0]!, [...command.slice(1), ...args], {
    cwd: image.workdir,
    env: image.env,
    // Only root can be somebody else.
    ...(isRoot ? { uid: image.uid, gid: image.gid } : {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  started.push(child);
  return { output: () => output, ended: new Promise((resolve) => child.once('exit', resolve)) };
}
function imageOf(name: string): DockerImage {
  const image = images.get(name) ?? buildImage(join(repository, `deploy/docker/${name}.Dockerfile`), repository);
  images.set(name, image);
  return image;
}

const statusOf = (url: string): Promise<number> =>
  fetch(url).then(
    ({ status }) => status,
    () => 0,
  );

test('the image of the proxy starts as its user, and waits for its first table', async () => {
  const image = imageOf('proxy');
  expect([image.uid, image.gid]).toEqual([1000, 1000]);
  const [port, adminPort] = await freePorts(2);
  const args = ['--host=127.0.0.1', '--admin-host=127.0.0.1', `--port=${port}`, `--admin-port=${adminPort}`];
  const running = start(image, args);
  await until(async () => (await statusOf(`http://127.0.0.1:${adminPort}/livez`)) === 200, 'alive', 20_000).catch(() =>
    expect(running.output()).toBe(''),
  );
  expect(await statusOf(`http://127.0.0.1:${adminPort}/readyz`)).toBe(503);
  expect(filesBelow(join(image.workdir, 'proxy')).filter((file) => file.endsWith('.test.ts'))).toEqual([]);
});

test('the image of the operator starts as its user with a kubeconfig, and serves its page', async () => {
  const image = imageOf('operator');
  const [apiPort, nobody] = await freePorts(2);
  const kubeconfig = join(image.root, 'kubeconfig');
  const server = `http://127.0.0.1:${nobody}`;
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  const config = {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
    contexts: [context],
  };
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config, 'current-context': 'c' }));
  const running = start(image, [`--kubeconfig=${kubeconfig}`, '--api-bind=127.0.0.1', `--api-port=${apiPort}`]);
  const page = `http://127.0.0.1:${apiPort}/`;
  await until(async () => (await statusOf(page)) === 200, 'the page', 20_000).catch(() =>
    expect(running.output()).toBe(''),
  );
  const html = await (await fetch(page)).text();
  const assets = [...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map((match) => new URL(match[1]!, page).href);
  expect(assets.length).toBeGreaterThan(0);
  for (const asset of assets) expect([asset, await statusOf(asset)]).toEqual([asset, 200]);
});

test("the operator's image holds the program of the chart's hook", async () => {
  const image = imageOf('operator');
  const running = start(image, ['--help'], ['node', 'operator/src/uninstall/main.ts']);
  expect([await running.ended, running.output()]).toEqual([0, expect.stringContaining('--wake-only')]);
});

test('of a context the last line that matches decides, for a folder and all that is in it', () => {
  const isSent = contextFilter('*\n!package.json\n!a/src\n**/*.test.ts\n**/node_modules\n');
  const paths = [
    'package.json',
    'a',
    'a/src',
    'a/src/b.ts',
    'a/src/b.test.ts',
    'a/other.ts',
    'c',
    'a/src/node_modules/x',
  ];
  expect(paths.filter(isSent)).toEqual(['package.json', 'a', 'a/src', 'a/src/b.ts']);
});
