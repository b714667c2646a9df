/** The `rouse` command: dev, status, why, lint. */
import { devFlags, formatProblem, type Problem } from '@rouse/contract';
import { parseFlags } from '@rouse/daemon';
import { Command } from 'commander';
import { startDev } from './dev/dev.ts';
import { lint } from './lint.ts';
import { status } from './status.ts';
import { why } from './why.ts';

const defaultOperator = 'http://127.0.0.1:9090';
const usageExitCode = 2;

/** Runs one command line (without `node` and the script's path) and sets the exit code: 0, 1 for a failure, 2 for usage. */
export async function main(argv: readonly string[]): Promise<void> {
  // A closed pipe (`rouse status | head -1`) is the reader's decision, not an error.
  process.stdout.on('error', () => process.exit(0));
  const print = (line: string) => console.log(line);
  const operator = [
    '--operator <url>',
    'address of the operator',
    process.env.ROUSE_OPERATOR ?? defaultOperator,
  ] as const;
  const program = new Command('rouse')
    .description('Deployments that sleep at zero and wake when a request arrives.')
    .helpCommand(false);
  program
    .command('dev', { hidden: false })
    .summary('run the Deployments of manifests on this machine')
    .description(
      'Runs the Deployments of manifests (files or folders) as processes of this machine. Flags: rouse dev --help',
    )
    .helpOption(false)
    .allowUnknownOption()
    .argument('[args...]')
    .action(() => dev(argv.slice(1), print));
  program
    .command('status')
    .description('One line per workload: state, demand against target, replicas, held requests.')
    .option(...operator)
    .option('-n, --namespace <namespace>', 'only this namespace')
    .option('-w, --watch', 'then a line for each change, until interrupted')
    .option('--json', 'as JSON')
    .action(async (options) => {
      process.exitCode = await status(options, print);
    });
  program
    .command('why <name>')
    .description(
      'Why a workload has the replicas it has: the rules of the last decision, and the annotation to change.',
    )
    .option(...operator)
    .option('-n, --namespace <namespace>', 'namespace of the workload', 'default')
    .option('--last <count>', 'how many decisions back', (text) => Math.max(1, Number.parseInt(text, 10) || 1), 1)
    .option('--json', 'as JSON')
    .action(async (name: string, options) => {
      process.exitCode = await why(name, options, print);
    });
  program
    .command('lint <path...>')
    .description('Checks the annotations of Deployments in manifests; exit code 1 on problems.')
    .option('--json', 'as JSON')
    .action(async (paths: string[], options) => {
      process.exitCode = await lint(paths, options, print);
    });
  await program.parseAsync(argv, { from: 'user' });
}

async function dev(argv: readonly string[], print: (line: string) => void): Promise<void> {
  const description = 'Runs the Deployments of manifests (files or folders) as processes of this machine.';
  const parsed = parseFlags('rouse dev', devFlags, [...argv], process.env, { description, positionals: '<path...>' });
  if (parsed.help !== null) return print(parsed.help);
  if (parsed.problems.length > 0) return fail(parsed.problems);
  process.title = 'rouse';
  const started = await startDev(parsed.positionals, parsed.values, print);
  if (!started.ok) return fail(started.problems);
  let stopping = false;
  const stop = (): void => {
    // A second Ctrl-C means now: the pods' own launchers see this process go and end them.
    if (stopping) process.exit(130);
    stopping = true;
    print('stopping');
    void started.dev.close().finally(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

function fail(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(`error: ${formatProblem(problem)}`);
  process.exitCode = usageExitCode;
}
