/** A daemon as a child process: started again when it dies, and ended with its parent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '@rouse/contract';
import { EXIT_WITH_PARENT } from '@rouse/daemon';
import { plainLogLine } from './plain-log-line.ts';

export interface ChildOptions {
  /** As it is called on the terminal, e.g. `operator`. */
  readonly name: string;
  /** Path of the program's main file, run by this Node. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** It ended for a fault that no new start would mend, told by its own lines. */
  readonly onGivenUp: () => void;
}

export interface Child {
  /** Process id of the running process; undefined between two. */
  pid(): number | undefined;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is gone. Not started again. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL at once. */
  kill(): void;
}

/** How both daemons end for a flag or a port they cannot use. */
export const CONFIGURATION_EXIT_CODE = 2;
/** Before the first start again, the second, and so on; the last one holds from then on. */
export const RESTART_PAUSES_MS = [0, 250, 500, 1000, 2000, 5000] as const;
/** A process that ran this long starts again at once. */
export const STABLE_AFTER_MS = 10_000;

/** Starts the process and keeps it running: at once after the first death, then after growing pauses. */
export function superviseChild(options: ChildOptions): Child {
  const { name, clock, print } = options;
  let current: ChildProcess | undefined;
  let stopping = false;
  let deaths = 0;
  let cancelRestart: () => void = () => {};

  function start(): void {
    const startedMs = clock.nowMs();
    const child = spawn(process.execPath, [options.main, ...options.args], {
      env: { ...options.env, [EXIT_WITH_PARENT]: '1' },
      // The IPC channel is how the child notices that this process died, however it died.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Out of the terminal's process group: Ctrl-C is ours to pass on, in order.
      detached: true,
    });
    current = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => print(`${name}: ${plainLogLine(line)}`));
    }
    const ended = (code: number | null, how: string): void => {
      if (current !== child) return;
      current = undefined;
      if (!stopping) startAgain(code, how, clock.nowMs() - startedMs);
    };
    child.once('exit', (code, signal) => ended(code, signal ?? `exit code ${code}`));
    // No process could be made (out of memory or process ids): no `exit` follows.
    child.once('error', (error) => ended(null, error.message));
  }

  function startAgain(code: number | null, how: string, ranMs: number): void {
    if (code === CONFIGURATION_EXIT_CODE) {
      print(`${name} cannot run (${how})`);
      options.onGivenUp();
      return;
    }
    deaths = ranMs >= STABLE_AFTER_MS ? 1 : deaths + 1;
    const pauseMs = RESTART_PAUSES_MS[Math.min(deaths, RESTART_PAUSES_MS.length) - 1]!;
    print(`${name} ended (${how}), starting it again${pauseMs === 0 ? '' : ` in ${pauseMs} ms`}`);
    cancelRestart = clock.after(pauseMs, () => {
      if (!stopping) start();
    });
  }

  start();
  return {
    pid: () => current?.pid,
    stop: (graceMs) => {
      stopping = true;
      cancelRestart();
      const child = current;
      if (child === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const cancelKill = clock.after(graceMs, () => child.kill('SIGKILL'));
        child.once('exit', () => {
          cancelKill();
          resolve();
        });
        child.kill('SIGTERM');
      });
    },
    kill: () => {
      stopping = true;
      cancelRestart();
      current?.kill('SIGKILL');
    },
  };
}
