/** A daemon as a child process: started again when it dies, ended with its parent, its log lines told in plain words. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  readonly name: string;
  /** Path of the program's main file, run by this Node. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Runs before each start again, e.g. to release what the dead process held. */
  readonly beforeRestart?: () => Promise<void>;
}

export interface Child {
  /** Process id of the running process; undefined between two. */
  pid(): number | undefined;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is gone. Not started again. */
  stop(graceMs: number): Promise<void>;
}

/** Ends with a configuration fault, which no new start would mend. */
const configurationExitCode = 2;
const restartPausesMs = [0, 250, 500, 1000, 2000, 5000] as const;
const stableAfterMs = 10_000;

/** Starts the process and keeps it running: at once after the first death, then after growing pauses. */
export function superviseChild(options: ChildOptions): Child {
  let current: ChildProcess | undefined;
  let stopping = false;
  let deaths = 0;

  function start(): void {
    const startedMs = performance.now();
    const child = spawn(process.execPath, [options.main, ...options.args], {
      env: { ...options.env, ROUSE_EXIT_WITH_PARENT: '1' },
      // The IPC channel is how the child notices that this process died, however it died.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    current = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => options.print(`${options.name}: ${plainLogLine(line)}`));
    }
    child.once('exit', (code, signal) => {
      current = undefined;
      if (stopping) return;
      options.print(
        `${options.name} ended (${signal ?? `exit code ${code}`})${code === configurationExitCode ? '' : ', starting it again'}`,
      );
      if (code === configurationExitCode) return;
      deaths = performance.now() - startedMs > stableAfterMs ? 0 : deaths + 1;
      const pauseMs = restartPausesMs[Math.min(Math.max(0, deaths - 1), restartPausesMs.length - 1)]!;
      setTimeout(() => {
        void (options.beforeRestart?.() ?? Promise.resolve()).finally(() => {
          if (!stopping) start();
        });
      }, pauseMs);
    });
  }

  start();
  return {
    pid: () => current?.pid,
    stop: (graceMs) => {
      stopping = true;
      const child = current;
      if (child === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
        child.once('exit', () => {
          clearTimeout(kill);
          resolve();
        });
        child.kill('SIGTERM');
      });
    },
  };
}

/** A daemon's JSON log line as `message key=value …`; any other line as it is. */
export function plainLogLine(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, level: _level, time: _time, pid: _pid, hostname: _host, name: _name, ...fields } = JSON.parse(line);
    const told = Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [msg, ...told].join(' ');
  } catch {
    return line;
  }
}
