/** Runs the cluster suite in a network namespace of its own; where that cannot be, says why in one line. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { findNamespace } from './network-namespace.ts';

const config = join(import.meta.dirname, '../../vitest.config.ts');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
/** One control plane at a time: pods of several would share addresses. */
const FLAGS = ['--maxWorkers=1', '--testTimeout=120000', '--hookTimeout=120000'];

/** @returns an exit code */
async function runSuite(filters: readonly string[]): Promise<number> {
  const namespace = await findNamespace();
  if (!namespace.ok) return skip(namespace.reason);
  const binaries = await findBinaries((line) => console.error(line));
  if (!binaries.ok) return skip(binaries.reason);
  const command = [process.execPath, vitest, 'run', '-r', import.meta.dirname, '-c', config, ...FLAGS, ...filters];
  return namespace.namespace.run(command);
}

/** Nobody looks at a skipped suite on a build machine: there it is an error. */
function skip(reason: string): number {
  const isError = process.env.CI === 'true';
  console.error(`${isError ? 'FAILED' : 'skipped'}: the cluster suite needs ${reason}`);
  return isError ? 1 : 0;
}

process.exitCode = await runSuite(process.argv.slice(2));
