/** The `rouse` command: dev, status, why, lint, uninstall. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { runDev } from './dev/run-dev.ts';
import { lint } from './lint.ts';
import type { Output } from './output.ts';
import { status } from './status.ts';
import { uninstall } from './uninstall.ts';
import { why } from './why.ts';

/** For a command line that cannot be understood. */
export const USAGE_EXIT_CODE = 2;

const defaultOperator = 'http://127.0.0.1:9090';

/** Runs one command line (without `node` and the script's path). Resolves with the exit code: 0, 1 for a failure, 2 for usage. */
export async function main(argv: readonly string[], output: Output): Promise<number> {
  // Its flags come from the descriptors that also make the reference page.
  if (argv[0] === 'dev') return runDev(argv.slice(1), output);
  if (argv[0] === 'uninstall') return uninstall(argv.slice(1));
  const result = { exitCode: 0 };
  try {
    await commands(output, result).parseAsync(argv, { from: 'user' });
    return result.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  }
}

function commands(output: Output, result: { exitCode: number }): Command {
  const operatorFlag = [
    '--operator <url>',
    'address of the operator (env: ROUSE_OPERATOR)',
    process.env.ROUSE_OPERATOR || defaultOperator,
  ] as const;
  const program = new Command('rouse')
    .description('Deployments that sleep at zero and wake when a request arrives.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.complain(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('rouse --help lists the commands and their flags.')
    .exitOverride();
  // Stands here for `rouse --help` alone.
  program.command('dev').argument('<path...>').description('run the Deployments of manifests on this machine');
  program
    .command('status')
    .description('one line per workload: state, demand against target, replicas, held requests')
    .option(...operatorFlag)
    .option('-n, --namespace <namespace>', 'only this namespace (default: all)')
    .option('-w, --watch', 'then a line for each change, until interrupted')
    .option('--json', 'as JSON; with --watch one object a line')
    .action(async (options) => {
      result.exitCode = await status(options, output, untilInterrupted());
    });
  program
    .command('why')
    .argument('<name>', 'the workload, as NAME or NAMESPACE/NAME')
    .description('why a workload has the replicas it has, and the annotation that would change it')
    .option(...operatorFlag)
    .option('-n, --namespace <namespace>', 'namespace of the workload', 'default')
    .option('--last <count>', 'so many decisions, the newest one last', positiveInteger, 1)
    .option('--json', 'as JSON')
    .action(async (name: string, options) => {
      result.exitCode = await why(name, options, output);
    });
  program
    .command('lint')
    .argument('<path...>', 'manifests, or folders with manifests')
    .description('check the Deployments of manifests; exit code 1 on problems')
    .option('--domain <domain>', 'domain of the operator, for routes that are claimed twice', 'example.com')
    .option('--json', 'as JSON')
    .action(async (paths: string[], options) => {
      result.exitCode = await lint(paths, options, output);
    });
  // As `dev`, for `rouse --help` alone.
  program.command('uninstall').description('wake everything on a cluster, then remove Rouse from it');
  return program;
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Allowed: an integer from 1 to 999999.');
  return Number(text);
}

/** Ctrl-C ends a watch as it ends `kubectl get -w`, but with exit code 0. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  return controller.signal;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
