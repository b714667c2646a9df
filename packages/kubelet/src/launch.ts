/** What to execute for a container: command, arguments, folder and environment, checked before anything is started. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { type EnvironmentSource, environmentOf } from './environment.ts';
import { expand } from './expand.ts';
import { mountedLaunch } from './mounted-launch.ts';
import type { Container, Pod } from './pod.ts';
import type { PodVolumesResult } from './pod-volumes.ts';
import type { Launch } from './process-group.ts';

/** Command for a manifest that has none, run by `/bin/sh`. */
export const DEV_COMMAND = 'rouse.dev/dev-command';

export interface LaunchSource extends EnvironmentSource {
  /** Folder of the pod's manifest: where it runs, and what a relative workingDir starts from. */
  manifestFolder(pod: Pod): string | undefined;
  /** Value of `rouse.dev/dev-command` where the Pod itself does not carry it. */
  commandFor(pod: Pod, container: Container): string | undefined;
  /** Where volumes are made; without it they are not. */
  volumes?(): Promise<PodVolumesResult>;
}

export type LaunchResult =
  | { readonly ok: true; readonly launch: Launch }
  /**
   * `config`: nothing can be started until the manifest or what it names changes; `volume`: as long as a volume cannot
   * be made. `run`: executing it fails.
   */
  | { readonly ok: false; readonly kind: 'config' | 'no-command' | 'volume' | 'run'; readonly message: string };

/** @returns what to start, or why it cannot be, in a kubelet's words where it has some */
export async function launchOf(source: LaunchSource, pod: Pod, container: Container): Promise<LaunchResult> {
  const environment = await environmentOf(source, pod, container);
  if (!environment.ok) return { ok: false, kind: 'config', message: environment.message };
  const { all: env, references } = environment.value;
  const argv = argvOf(source, pod, container, references);
  if (argv === undefined) return { ok: false, kind: 'no-command', message: noCommand(container) };

  const folder = source.manifestFolder(pod) ?? process.cwd();
  const workingDir = resolve(folder, container.workingDir ?? '');
  if (!(await isFolder(workingDir)))
    return notRun(
      argv[0]!,
      `chdir to cwd (${JSON.stringify(workingDir)}) set in config.json failed: no such file or directory`,
    );
  const fault = await executable(argv[0]!, workingDir, env.PATH ?? '');
  if (fault !== undefined) return notRun(argv[0]!, fault);
  const launch: Launch = { command: argv[0]!, args: argv.slice(1), workingDir, env };
  if (source.volumes === undefined) return { ok: true, launch };
  const volumes = await source.volumes();
  const mounted = volumes.ok ? mountedLaunch(launch, container, volumes.folders) : volumes.message;
  return typeof mounted === 'string' ? { ok: false, kind: 'volume', message: mounted } : { ok: true, launch: mounted };
}

function argvOf(
  source: LaunchSource,
  pod: Pod,
  container: Container,
  references: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const args = (container.args ?? []).map((each) => expand(each, references));
  if (container.command !== undefined && container.command.length > 0) {
    return [...container.command.map((each) => expand(each, references)), ...args];
  }
  const line = pod.metadata.annotations?.[DEV_COMMAND] ?? source.commandFor(pod, container);
  if (line === undefined || line.trim() === '') return undefined;
  return ['/bin/sh', '-c', `${shellLine(line.trim())}${args.length > 0 ? ' "$@"' : ''}`, container.name, ...args];
}

/**
 * `exec` makes the app the group's leader, so that exit codes are its own. It would drop the rest of a line of several
 * commands: there the shell stays, and outlives SIGTERM until the command it waits for has ended.
 */
function shellLine(line: string): string {
  return /[;&|(\n]|^\w+=/.test(line) ? `trap 'exit 143' TERM; ${line}` : `exec ${line}`;
}

function noCommand(container: Container): string {
  return (
    `container ${JSON.stringify(container.name)} has no command, and images are not run here: add "command" to the container, ` +
    `or the annotation ${DEV_COMMAND} (e.g. "node server.js") to the Deployment`
  );
}

function notRun(command: string, fault: string): LaunchResult {
  return { ok: false, kind: 'run', message: runFault(command, fault) };
}

/** A failed start in the words of runc. */
export function runFault(command: string, fault: string): string {
  return `unable to start container process: exec: ${JSON.stringify(command)}: ${fault}`;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** What exec would say of it; undefined when it can be executed. */
async function executable(command: string, workingDir: string, path: string): Promise<string | undefined> {
  if (command.includes('/')) return faultOf(isAbsolute(command) ? command : join(workingDir, command));
  let denied = false;
  for (const folder of path.split(delimiter)) {
    const fault = await faultOf(resolve(workingDir, folder, command));
    if (fault === undefined) return undefined;
    denied ||= fault === 'permission denied';
  }
  return denied ? 'permission denied' : 'executable file not found in $PATH';
}

async function faultOf(file: string): Promise<string | undefined> {
  try {
    const entry = await stat(file);
    if (entry.isDirectory()) return 'is a directory';
    await access(file, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : 'no such file or directory';
  }
}
