/** `npm test`: format and lint, types, import directions, test style, generated docs, every package's tests, the real control plane. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkImportDirections } from './import-directions.ts';
import { checkTestStyle } from './test-style.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

type Outcome = 'ok' | 'FAILED' | 'skipped';
type Step = { readonly name: string; readonly run: () => Promise<Outcome> };

/** The suite on a real control plane: it says itself, in one line, what it misses here. */
const CLUSTER_SUITE = 'e2e/cluster/run-suite.ts';

let passed = 0;
let failed = 0;
let skipped = 0;

/** Adds up vitest's own closing lines, so that the last line of the whole run tells one sum. */
function countTests(line: string): void {
  // biome-ignore lint/complexity/useRegexLiterals: the escape of a colour code is unreadable in a literal
  const plain = line.replace(new RegExp('\\u001b\\[[0-9;]*m', 'g'), '');
  if (!/\bTests\s+.*\(\d+\)/.test(plain)) return;
  passed += Number(/(\d+) passed/.exec(plain)?.[1] ?? 0);
  failed += Number(/(\d+) failed/.exec(plain)?.[1] ?? 0);
  skipped += Number(/(\d+) skipped/.exec(plain)?.[1] ?? 0);
}

function command(name: string, program: string, args: readonly string[]): Step {
  return {
    name,
    run: () =>
      new Promise((resolve) => {
        const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
        let rest = '';
        let wasSkipped = false;
        child.stdout.on('data', (chunk: Buffer) => {
          process.stdout.write(chunk);
          const lines = (rest + chunk.toString()).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) countTests(line);
          wasSkipped ||= lines.some((line) => line.startsWith('skipped: '));
        });
        child.on('error', (error) => {
          console.error(`${name}: ${error.message}`);
          resolve('FAILED');
        });
        child.on('close', (code) => resolve(code !== 0 ? 'FAILED' : wasSkipped ? 'skipped' : 'ok'));
      }),
  };
}

/** Begins at once and keeps to what the steps leave of the machine; the step waits for it. */
function inBackground(args: readonly string[], step: Step): Step {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return { ...step, run: () => ended.then(step.run) };
}

function check(name: string, find: () => string[]): Step {
  return {
    name,
    run: async () => {
      const wrong = find();
      for (const line of wrong) console.error(line);
      return wrong.length === 0 ? 'ok' : 'FAILED';
    },
  };
}

const steps: readonly Step[] = [
  command('format and lint', 'biome', ['ci', '.']),
  command('types', 'tsc', ['-b']),
  check('import directions', () => checkImportDirections(root)),
  check('test style', () => checkTestStyle(root)),
  command('generated docs', process.execPath, ['scripts/docs.ts', '--check']),
  command('tests', 'turbo', [
    'run',
    'test',
    '--continue',
    '--concurrency=1',
    '--output-logs=full',
    '--log-order=stream',
    '--force',
  ]),
  inBackground([CLUSTER_SUITE, '--build-only'], command('real control plane', process.execPath, [CLUSTER_SUITE])),
];

const outcomes: string[] = [];
let allOk = true;
for (const step of steps) {
  const startedMs = performance.now();
  const outcome = await step.run();
  allOk &&= outcome !== 'FAILED';
  outcomes.push(
    `${outcome.padEnd('skipped'.length)} ${step.name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`,
  );
}
console.log(`\n${outcomes.join('\n')}\n`);
if (!allOk && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = allOk ? 0 : 1;
