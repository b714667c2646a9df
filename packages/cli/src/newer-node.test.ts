import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/', import.meta.url));
let root: string;
let children: ChildProcess[] = [];

/** A tree like this repository's, whose command prints and then waits. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rouse-node-'));
  const home = join(root, 'packages/cli');
  mkdirSync(join(home, 'bin'), { recursive: true });
  mkdirSync(join(home, 'src'));
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  for (const file of ['rouse.js', 'newer-node.js']) copyFileSync(join(bin, file), join(home, 'bin', file));
  // As an old Node would begin; that this one is not old makes no difference to what follows.
  writeFileSync(join(home, 'bin/old.js'), "import('./newer-node.js').then((m) => m.runWithNewerNode());\n");
  writeFileSync(
    join(home, 'src/run.ts'),
    `export function run(): void {
      process.on('disconnect', () => process.exit(0));
      process.once('SIGINT', () => process.exit(5));
      console.log(JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), path: process.env.PATH }));
      if (process.argv[2] === 'exit') process.exit(7);
    }`,
  );
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(root, { recursive: true, force: true });
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'packages/cli/bin/old.js'), ...args]);
  children.push(child);
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.err += chunk;
  });
  const started = () =>
    until(() => text.out.endsWith('\n')).then(
      () => JSON.parse(text.out) as { pid: number; argv: string[]; path: string },
    );
  return { child, text, started, exited: once(child, 'exit') };
}

function installNode(): void {
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the Node beside the package runs the command, silently, with its arguments and exit code', async () => {
  installNode();
  const { started, exited, text } = run('exit', '--flag');
  const { argv, path } = await started();
  expect(argv).toEqual(['exit', '--flag']);
  expect(path.startsWith(join(root, 'node_modules/.bin'))).toBe(true);
  expect(await exited).toEqual([7, null]);
  expect(text.err).toBe('');
});

test('signals reach the command once, and its exit code comes back', async () => {
  installNode();
  const { child, started, exited } = run('stay');
  await started();
  child.kill('SIGINT');
  expect(await exited).toEqual([5, null]);
});

test('killed hard, it leaves nothing running', async () => {
  installNode();
  const { child, started } = run('stay');
  const { pid } = await started();
  child.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

test('without a newer Node one line says what is needed, and the exit code is 1', async () => {
  const { text, exited } = run('stay');
  expect(await exited).toEqual([1, null]);
  expect(text.out).toBe('');
  expect(text.err).toMatch(/^rouse needs Node 24 or newer, this is .+: install it from .+, or run npm ci, .+\n$/);
});

test('an older Node beside the package does not count', async () => {
  writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 });
  const { text, exited } = run('stay');
  expect(await exited).toEqual([1, null]);
  expect(text.err).toContain('rouse needs Node 24');
});
