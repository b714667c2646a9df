/** One container as a process group of this machine: started, signalled as a whole, and nothing of it left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { MARKER } from './marker.ts';
import type { Reaper } from './reaper.ts';
import type { Stragglers } from './stragglers.ts';

export interface Launch {
  /** Absolute, or looked up in the environment's PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Exit {
  /** 0–255; null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessGroupEvents {
  /** Bytes of stdout and stderr as they come. */
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  /** The main process ended, the rest of its group was killed, and its output is read. Comes once. */
  onExit(exit: Exit): void;
  /** It could not be executed; neither output nor exit follow. Comes at once or in a later turn. */
  onError(error: NodeJS.ErrnoException): void;
}

export interface ProcessGroup {
  readonly pid: number | undefined;
  /** To the whole group; false when it is gone. */
  signal(signal: NodeJS.Signals): boolean;
}

export interface ProcessGroupContext {
  readonly reaper: Reaper;
  readonly stragglers: Stragglers;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Longest wait for the end of output that some process unknown to us still holds open. */
const OUTPUT_WAIT_MS = 500;

/** Starts `launch` as leader of a new session. @param containerId marks its processes; unique */
export function startProcessGroup(
  { reaper, stragglers }: ProcessGroupContext,
  containerId: string,
  launch: Launch,
  events: ProcessGroupEvents,
): ProcessGroup {
  const child = attempt(containerId, launch);
  if (child instanceof Error) {
    queueMicrotask(() => events.onError(child));
    return { pid: undefined, signal: () => false };
  }
  const groupId = child.pid;
  if (groupId !== undefined) reaper.add(groupId);
  let alive = groupId !== undefined;

  function signal(name: NodeJS.Signals): boolean {
    if (!alive || groupId === undefined) return false;
    try {
      process.kill(-groupId, name);
      return true;
    } catch {
      return false;
    }
  }

  child.on('error', (error) => {
    if (groupId === undefined) events.onError(error);
  });
  child.stdout.on('data', (chunk: Buffer) => events.onOutput('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => events.onOutput('stderr', chunk));
  child.once('exit', (exitCode, exitSignal) => {
    signal('SIGKILL');
    alive = false;
    reaper.remove(groupId!);
    void afterExit(child, stragglers.end(containerId)).then(() => events.onExit({ exitCode, signal: exitSignal }));
  });
  return { pid: groupId, signal };
}

/** `spawn` throws for some causes (a NUL in an argument, no more processes) and tells others later. */
function attempt(containerId: string, launch: Launch): Child | NodeJS.ErrnoException {
  try {
    return spawn(launch.command, [...launch.args], {
      // A new session and group: Ctrl-C reaches only us, and a signal reaches all that the container forked.
      detached: true,
      cwd: launch.workingDir,
      env: { ...launch.env, [MARKER]: containerId },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** The end of the container: all its processes are gone and all they wrote is read. */
async function afterExit(child: Child, stragglersEnd: Promise<void>): Promise<void> {
  const outputs = [child.stdout, child.stderr];
  const read = Promise.all(outputs.map(ended));
  await stragglersEnd;
  const timer = setTimeout(() => {
    for (const output of outputs) output.destroy();
  }, OUTPUT_WAIT_MS);
  await read;
  clearTimeout(timer);
}

function ended(output: Readable): Promise<void> {
  if (output.closed) return Promise.resolve();
  return new Promise((resolve) => output.once('close', () => resolve()));
}
