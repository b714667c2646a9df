/** `rouse dev` on the command line: flags in, signals handled, the exit code out. */
import { devFlags, formatProblem, type Problem } from '@rouse/contract';
import { parseFlags, systemClock } from '@rouse/daemon';
import type { Output } from '../output.ts';
import { startDev } from './dev.ts';

/** For flags, paths or ports that cannot be used. */
const USAGE_EXIT_CODE = 2;
/** Under `npm start` one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
const SAME_KEY_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const description =
  'Runs the Deployments of manifests (files, or folders with *.yaml and *.yml) as processes of this machine, ' +
  'with a small Kubernetes API, the operator and the proxy. Ctrl-C ends all of it.';

/** Resolves with the exit code once everything has ended. */
export async function runDev(argv: readonly string[], output: Output): Promise<number> {
  const parsed = parseFlags('rouse dev', devFlags, [...argv], process.env, { description, positionals: '<path...>' });
  if (parsed.help !== null) {
    output.print(parsed.help.trimEnd());
    return 0;
  }
  if (parsed.problems.length > 0) return refused(parsed.problems, output);
  process.title = 'rouse';
  const ending = Promise.withResolvers<number>();
  const started = await startDev({
    paths: parsed.positionals,
    flags: parsed.values,
    output,
    onGivenUp: () => ending.resolve(USAGE_EXIT_CODE),
  });
  if (!started.ok) return refused(started.problems, output);
  const { dev } = started;

  let stoppingSinceMs: number | null = null;
  const stop = (): void => {
    const nowMs = systemClock.nowMs();
    if (stoppingSinceMs !== null) {
      if (nowMs - stoppingSinceMs < SAME_KEY_MS) return;
      dev.kill();
      process.exit(130);
    }
    stoppingSinceMs = nowMs;
    output.print('stopping (Ctrl-C again: at once)');
    ending.resolve(0);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  // Started by an older Node that waits for this one: end with it, however it ended.
  if (process.channel !== undefined) process.on('disconnect', stop);
  const exitCode = await ending.promise;
  stoppingSinceMs ??= systemClock.nowMs();
  await dev.close();
  for (const signal of SIGNALS) process.off(signal, stop);
  return exitCode;
}

function refused(problems: readonly Problem[], output: Output): number {
  for (const problem of problems) output.complain(`error: ${formatProblem(problem)}`);
  return USAGE_EXIT_CODE;
}
