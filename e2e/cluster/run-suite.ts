/** Runs the cluster suite in a network namespace of its own; where that cannot be, says why in one line. */
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { findKubectl } from '../kubectl.ts';
import { findBinaries } from './binaries.ts';
import { findOpenssl } from './certificates.ts';
import { gatewayDefinitions } from './gateway-definitions.ts';
import { kserveDefinition } from './kserve-definition.ts';
import { findNamespace } from './network-namespace.ts';

const config = join(import.meta.dirname, '../../vitest.config.ts');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
/** One control plane at a time in one network: pods of several would share addresses. */
const FLAGS = ['--maxWorkers=1', '--maxConcurrency=20', '--testTimeout=120000', '--hookTimeout=120000'];

/** Makes ready what the suite needs, with what others leave of the machine. */
const BUILD_ONLY = '--build-only';

/** @returns an exit code */
async function runSuite(filters: readonly string[]): Promise<number> {
  const namespace = await findNamespace();
  if (!namespace.ok) return skip(namespace.reason);
  const fault = findOpenssl();
  if (fault !== undefined) return skip(fault);
  const binaries = await findBinaries((line) => console.error(line));
  if (!binaries.ok) return skip(binaries.reason);
  fetchOutside();
  const command = [process.execPath, vitest, 'run', '-r', import.meta.dirname, '-c', config, ...FLAGS, ...filters];
  return namespace.namespace.run(command);
}

/** There is no way out of the network inside: what some tests want of the world is had before. */
function fetchOutside(): void {
  kserveDefinition();
  gatewayDefinitions();
  findKubectl();
}

/** Whoever runs the suite is told what is missing. */
async function buildOnly(): Promise<number> {
  setPriority(constants.priority.PRIORITY_LOW);
  const namespace = await findNamespace();
  if (!namespace.ok) return 0;
  const binaries = await findBinaries((line) => console.error(`control plane: ${line.trim()}`));
  if (binaries.ok) fetchOutside();
  return 0;
}

/** Nobody looks at a skipped suite on a build machine: there it is an error. */
function skip(reason: string): number {
  const isError = process.env.CI === 'true';
  console.log(`${isError ? 'FAILED' : 'skipped'}: the cluster suite needs ${reason}`);
  return isError ? 1 : 0;
}

const args = process.argv.slice(2);
process.exitCode = args.includes(BUILD_ONLY) ? await buildOnly() : await runSuite(args);
