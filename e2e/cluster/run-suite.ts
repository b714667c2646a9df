/** Runs the cluster suite in a network namespace of its own; where that cannot be, says why in one line. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { findKubectl } from '../kubectl.ts';
import { findBinaries } from './binaries.ts';
import { findOpenssl } from './certificates.ts';
import { gatewayDefinitions, monitoringDefinitions } from './definitions.ts';
import { kserveDefinition } from './kserve-definition.ts';
import { findNamespace, type NetworkNamespace } from './network-namespace.ts';

const config = join(import.meta.dirname, '../../vitest.config.ts');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
/** One control plane at a time in one network: pods of several would share addresses. */
const FLAGS = ['--maxWorkers=1', '--maxConcurrency=20', '--testTimeout=120000', '--hookTimeout=120000'];
/** Networks side by side: tests mostly wait, for windows, for nodes that are lost, for Leases. */
const AT_ONCE = Math.min(3, availableParallelism() + 1);
/** It runs twenty cases at once and measures: nothing runs beside it. */
const ALONE = 'cases.test.ts';

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
  const command = [process.execPath, vitest, 'run', '-r', import.meta.dirname, '-c', config, ...FLAGS];
  if (filters.length > 0) return namespace.namespace.run([...command, ...filters]);
  return runSideBySide(namespace.namespace, command);
}

/** There is no way out of the network inside: what some tests want of the world is had before. */
function fetchOutside(): void {
  kserveDefinition();
  gatewayDefinitions();
  monitoringDefinitions();
  findKubectl();
}

/** All files, so many at once, each in a network of its own. What one prints comes when it has ended, in one piece. */
async function runSideBySide(namespace: NetworkNamespace, command: readonly string[]): Promise<number> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts') && name !== ALONE);
  let worst = 0;
  async function runFile(file: string): Promise<void> {
    const output: Buffer[] = [];
    const onOutput = (chunk: Buffer): void => void output.push(chunk);
    worst = Math.max(worst, await namespace.run([...command, join(import.meta.dirname, file)], { onOutput }));
    process.stdout.write(Buffer.concat(output));
  }
  async function lane(): Promise<void> {
    for (let file = files.shift(); file !== undefined; file = files.shift()) await runFile(file);
  }
  await runFile(ALONE);
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return worst;
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
