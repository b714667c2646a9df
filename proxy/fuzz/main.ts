/** `npm run fuzz -w proxy -- --inputs N --seed S`: random streams of requests and responses, against Node's own parser. */
import { parseArgs } from 'node:util';
import { requestDifferences } from './request-differences.ts';
import { responseDifferences } from './response-differences.ts';
import { ALL_FAULTS, type Report, runInputs } from './run.ts';

function table(title: string, counts: ReadonlyMap<string, number>, all: readonly string[]): void {
  console.log(`\n${title}`);
  for (const name of all) console.log(`${String(counts.get(name) ?? 0).padStart(9)}  ${name}`);
}

function print(report: Report, seconds: number): void {
  const share = ((100 * report.accepted) / report.inputs).toFixed(1);
  console.log(`\n${report.inputs} inputs in ${seconds.toFixed(1)} s, ${share} % accepted`);
  table('faults found', report.faults, ALL_FAULTS);
  table('differences to Node that are declared', report.allowed, [
    ...requestDifferences.map((one) => `request: ${one.name}`),
    ...responseDifferences.map((one) => `response: ${one.name}`),
  ]);
  console.log(`\n${report.findings.length} differences that nothing explains`);
  for (const { input, difference } of report.findings) console.log(JSON.stringify({ ...input, difference }, null, 1));
}

function integer(flag: string, value: string): number {
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  throw new Error(`--${flag} ${value}: want an integer from 0 to 999999999`);
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const inputs = integer('inputs', values.inputs);
const seed = integer('seed', values.seed);
console.log(`fuzz: ${inputs} inputs from seed ${seed}, Node ${process.version} with llhttp ${process.versions.llhttp}`);
const startMs = performance.now();
const report = runInputs(inputs, seed, ({ inputs: done, findings }) => {
  console.log(`  ${done} inputs, ${findings.length} findings`);
});
print(report, (performance.now() - startMs) / 1000);
process.exitCode = report.findings.length > 0 ? 1 : 0;
