/** A long-running program of the cluster, with its output in a file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DaemonProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Why it is no longer there; undefined while it runs. */
  readonly ended: string | undefined;
  /** Ends it (SIGTERM by default) and waits for that; SIGKILL after 10 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The last lines it printed. */
  tail(lines?: number): string;
}

export interface DaemonOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Folder of its log, `NAME.log`; appended to when it is started again. */
  readonly logs: string;
  /** Added to PATH, HOME and TMPDIR, and nothing else is passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

const STOP_MS = 10_000;

export function startDaemon({ name, program, args, logs, env }: DaemonOptions): DaemonProcess {
  const logFile = join(logs, `${name}.log`);
  const log = openSync(logFile, 'a');
  const { PATH, HOME, TMPDIR } = process.env;
  const inherited = Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined);
  const child = spawn(program, args, {
    stdio: ['ignore', log, log],
    env: { ...Object.fromEntries(inherited), ...env },
  });
  closeSync(log);
  let ended: string | undefined;
  const whenEnded = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended = code === null ? `ended by ${signal}` : `exit code ${code}`;
      resolve();
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    get ended() {
      return ended;
    },
    async stop(signal = 'SIGTERM') {
      if (ended === undefined) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await whenEnded;
      clearTimeout(timer);
    },
    tail: (lines = 20) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
  };
}
