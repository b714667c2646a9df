/** The operator's process: flags in, signals handled, a clear line and exit code 2 when it cannot run. */
import { formatProblem, operatorFlags, type Problem } from '@rouse/contract';
import { createLog, parseFlags, startLifecycle } from '@rouse/daemon';
import { startOperator } from './start-operator.ts';

process.title = 'rouse-operator';

function fail(problems: readonly Problem[]): never {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exit(2);
}

const description = 'Scales annotated Deployments between zero and many on what the proxies report.';
const parsed = parseFlags('rouse-operator', operatorFlags, process.argv.slice(2), process.env, { description });
if (parsed.help !== null) {
  process.stdout.write(parsed.help);
  process.exit(0);
}
if (parsed.problems.length > 0) fail(parsed.problems);

const log = createLog('rouse-operator', parsed.values.logLevel);
const lifecycle = startLifecycle(log);
const started = await startOperator({ flags: parsed.values, log, env: process.env });
if (!started.ok) fail(started.problems);
const { operator } = started;
lifecycle.onShutdown('release the Lease and close', () => operator.close());
