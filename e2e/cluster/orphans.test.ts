/** Nothing of a cluster outlives its starter, not even kill -9 of it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { descendants, isRunning } from '../processes.ts';

const script = `
  import { findNamespace } from ${JSON.stringify(join(import.meta.dirname, 'network-namespace.ts'))};
  const found = await findNamespace();
  if (!found.ok) throw new Error(found.reason);
  process.exitCode = await found.namespace.run(process.argv.slice(1));
`;
const start = (...command: string[]) =>
  spawn(process.execPath, ['--input-type=module', '-e', script, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });

test('kill -9 of the starter ends every process inside, those that left their session too', async () => {
  const inner = '(setsid sleep 600 &) ; setsid sleep 600 & trap "" TERM INT; echo up; while :; do sleep 600; done';
  const starter = start('sh', '-c', inner);
  await new Promise((resolve) => starter.stdout.once('data', resolve));
  const all = await until(() => {
    const found = descendants(starter.pid!);
    return found.length >= 5 && found;
  }, 'the processes inside');
  starter.kill('SIGKILL');
  await until(() => all.every((pid) => !isRunning(pid)), 'none is left');
});

test('what a command leaves behind ends with it, and its exit code comes through', async () => {
  const starter = start('sh', '-c', 'setsid sleep 600 & echo up; sleep 0.2; exit 7');
  await new Promise((resolve) => starter.stdout.once('data', resolve));
  const all = descendants(starter.pid!);
  expect(all.length).toBeGreaterThan(2);
  const code = await new Promise((resolve) => starter.once('exit', resolve));
  expect(code).toBe(7);
  await until(() => all.every((pid) => !isRunning(pid)), 'none is left');
});
