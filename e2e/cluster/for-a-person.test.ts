/** `npm run cluster` as a person meets it: what it prints works from outside of its network, and Ctrl-C leaves nothing. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployment } from '../app/app-deployment.ts';
import { type KubeObjects, kubeObjects } from '../kube-objects.ts';
import { descendants, isRunning } from '../processes.ts';
import { request } from '../request.ts';

interface Started {
  /** What the person has read so far. */
  readonly output: () => string;
  readonly objects: KubeObjects;
}

/** Runs it for as long as `use` takes, then presses Ctrl-C: it must end well, and leave nothing. */
async function started(args: readonly string[], use: (cluster: Started) => Promise<void>): Promise<void> {
  // A process group of its own, as a terminal gives it one.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start-outside.ts'), ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await until(() => output.includes('Ctrl-C ends it.'), 'its greeting', 100_000);
    const [, kubeconfig = ''] = /KUBECONFIG=(\S+)/.exec(output)!;
    const kube = connect({ kubeconfig, userAgent: 'rouse-e2e' });
    await use({ output: () => output, objects: kubeObjects(kube) });
    await kube.close();
    const all = descendants(child.pid!);
    expect(all.length).toBeGreaterThan(5);
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended).toBe(0);
    await until(() => all.every((pid) => !isRunning(pid)), 'no process is left');
    expect(existsSync(kubeconfig)).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
}

async function namesOf(objects: KubeObjects, path: string): Promise<string[]> {
  return (await objects.list(path)).map(({ metadata }) => metadata.name);
}

test('its kubeconfig and its port work, and nothing is left after Ctrl-C', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-e2e-'));
  await started([], async ({ objects, output }) => {
    expect(await namesOf(objects, '/api/v1/nodes')).toEqual(['node-1', 'node-2']);
    await objects.apply(deployment({ name: 'hello' }, join(folder, 'app.log')));
    const port = Number(/curl -H \S+ \S+ http:\/\/localhost:(\d+)/.exec(output())![1]);
    const answered = async (): Promise<boolean> =>
      (await request(port, 'hello.default.example.com', '/')).status === 200;
    await until(answered, 'an answer of the woken app', 30_000);
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
});

test('a bare one is Kubernetes with its nodes, and without Rouse', async () => {
  await started(['--bare'], async ({ objects, output }) => {
    expect(await namesOf(objects, '/api/v1/nodes')).toEqual(['node-1', 'node-2']);
    expect(await namesOf(objects, '/api/v1/namespaces')).not.toContain('rouse-system');
    expect(output()).not.toMatch(/^(requests|operator)/m);
  });
});
