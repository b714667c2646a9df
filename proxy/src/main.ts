/** The proxy's process: flags in, signals handled, a clear line and exit code 2 when it cannot run. */
import { formatProblem, type Problem, proxyFlags } from '@rouse/contract';
import { createLog, parseFlags, startLifecycle } from '@rouse/daemon';
import { startProxy } from './start-proxy.ts';

process.title = 'rouse-proxy';

function fail(problems: readonly Problem[]): never {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exit(2);
}

const description = 'Holds requests for sleeping workloads, counts them, and forwards them to pods.';
const parsed = parseFlags('rouse-proxy', proxyFlags, process.argv.slice(2), process.env, { description });
if (parsed.help !== null) {
  process.stdout.write(parsed.help);
  process.exit(0);
}
if (parsed.problems.length > 0) fail(parsed.problems);

const log = createLog('rouse-proxy', parsed.values.logLevel);
const lifecycle = startLifecycle(log);
const started = await startProxy({
  flags: parsed.values,
  log,
  env: process.env,
  onFailure: (problem) => fail([problem]),
});
if (!started.ok) fail(started.problems);
const { proxy } = started;
lifecycle.onShutdown('finish requests', () => proxy.drain());
lifecycle.onShutdown('close', () => proxy.close());
