/** Reads a program's flags from its arguments and environment: typed values, or problems that name flag, value and fix. */
import { type Flag, type Flags, type FlagValues, flagEnvironmentName, nearest, type Problem } from '@rouse/contract';
import { Command, CommanderError, Option } from 'commander';

export interface ParsedFlags<F extends Flags> {
  /** Whole; a flag with a problem stands at its default. */
  readonly values: FlagValues<F>;
  readonly problems: readonly Problem[];
  /** Arguments that are no flags. */
  readonly positionals: readonly string[];
  /** Text to print instead of running, when `--help` or `-h` was given. */
  readonly help: string | null;
}

export interface ParseFlagsOptions {
  /** What the program does, for `--help`. */
  readonly description?: string;
  /** Commander's form of the positional arguments, e.g. `<path...>`; without it any positional is a problem. */
  readonly positionals?: string;
}

function problem(key: string, value: string, allowed: string, fix: string): Problem {
  return { source: 'flag', key, value, allowed, fix, severity: 'error' };
}

function makeCommand(name: string, flags: readonly Flag<unknown, unknown>[], options: ParseFlagsOptions): Command {
  const command = new Command(name).exitOverride().configureOutput({ writeErr: () => undefined });
  if (options.description !== undefined) command.description(options.description);
  if (options.positionals !== undefined) command.argument(options.positionals);
  for (const flag of flags) {
    const form = flag.isSwitch ? '[true|false]' : flag.repeatable ? '<value,...>' : '<value>';
    command.addOption(
      new Option(
        `--${flag.key} ${form}`,
        `${flag.doc} (${flag.range}; default: ${flag.defaultText}; env: ${flagEnvironmentName(flag.key)})`,
      ),
    );
  }
  return command;
}

/** The texts given for each flag, in order. */
function collect(command: Command): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (value: string | null) => {
      const texts = given.get(option.name()) ?? [];
      texts.push(value ?? 'true');
      given.set(option.name(), texts);
    });
  }
  return given;
}

/** Kubernetes gives each container `ROUSE_PORT=tcp://10.0.0.1:80` for a Service called `rouse`: not meant for us. */
function isServiceLink(name: string, value: string): boolean {
  return name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value);
}

function fromEnvironment(flag: Flag<unknown, unknown>, env: NodeJS.ProcessEnv): { name: string; text: string } | null {
  const name = flagEnvironmentName(flag.key);
  const text = env[name];
  return text === undefined || text === '' || isServiceLink(name, text) ? null : { name, text };
}

function argumentProblems(
  unknown: readonly string[],
  extra: readonly string[],
  names: readonly string[],
  command: string,
): Problem[] {
  const problems: Problem[] = [];
  for (const argument of unknown) {
    if (argument === '--') break;
    if (!argument.startsWith('-')) continue;
    const [name = '', value = ''] = argument.split(/=(.*)/s);
    const guess = nearest(name.replace(/^-+/, ''), names);
    const fix = guess === null ? `Remove it; ${command} --help lists the flags.` : `Did you mean --${guess}?`;
    problems.push(problem(name, value, `a flag of ${command}`, fix));
  }
  for (const argument of extra) {
    problems.push(
      problem(
        command,
        argument,
        'flags alone',
        `Remove ${JSON.stringify(argument)}, or write it as a flag: --name value.`,
      ),
    );
  }
  return problems;
}

/**
 * Parses `argv` (without node and script) and `env`. A flag wins over its variable `ROUSE_<FLAG>`; the last of several
 * wins unless the flag is repeatable; an empty variable counts as absent. Never throws, never exits, prints nothing.
 */
export function parseFlags<const F extends Flags>(
  name: string,
  flags: F,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  options: ParseFlagsOptions = {},
): ParsedFlags<F> {
  const entries = Object.entries(flags);
  const command = makeCommand(
    name,
    entries.map(([, flag]) => flag),
    options,
  );
  const given = collect(command);
  const problems: Problem[] = [];
  const positionals: string[] = [];
  let help: string | null = null;
  try {
    const { operands, unknown } = command.parseOptions([...argv]);
    const flagLike = unknown.slice(0, unknown.includes('--') ? unknown.indexOf('--') : unknown.length);
    if (flagLike.includes('--help') || flagLike.includes('-h')) help = command.helpInformation();
    positionals.push(...operands);
    const extra = options.positionals === undefined ? operands : [];
    problems.push(
      ...argumentProblems(
        unknown,
        extra,
        entries.map(([, flag]) => flag.key),
        name,
      ),
    );
  } catch (error) {
    // The one refusal parseOptions itself makes: the last argument is a flag whose value is missing.
    if (!(error instanceof CommanderError)) throw error;
    const last = argv.at(-1) ?? '';
    const flag = entries.find(([, candidate]) => `--${candidate.key}` === last)?.[1];
    problems.push(problem(last, '', flag?.range ?? 'a value', `Give ${last} a value.`));
  }
  const values = new Map<string, unknown>();
  for (const [property, flag] of entries) {
    const texts = given.get(flag.key);
    const variable = texts === undefined ? fromEnvironment(flag, env) : null;
    const text = texts === undefined ? variable?.text : flag.repeatable ? texts.join(',') : texts.at(-1);
    const parsed = text === undefined ? null : flag.parse(text);
    values.set(property, parsed?.ok ? parsed.value : flag.default);
    if (parsed === null || parsed.ok) continue;
    const key = variable?.name ?? `--${flag.key}`;
    problems.push(problem(key, text ?? '', parsed.allowed, `Set ${key} to a value in that range: ${parsed.fix}.`));
  }
  return { values: Object.fromEntries(values) as FlagValues<F>, problems, positionals, help };
}
