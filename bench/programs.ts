/** Starts the programs of a benchmark on a core of their own, waits for their ports, and ends them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import net from 'node:net';
import { until } from '@rouse/contract/testing';

/** Where what is measured runs. */
export const MEASURED_CORE = 0;
/** Where load, pods, operator and the Kubernetes API run. */
export const OTHER_CORE = 1;

const running = new Set<ChildProcess>();

/** Path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** From now on this process, and what it starts without `startMeasured`, leaves the measured core alone. */
export function moveToOtherCore(): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(OTHER_CORE), String(process.pid)], { stdio: 'ignore' });
}

/** Starts a program on the measured core; what it prints goes to a file, on stderr it is shown. */
export function startMeasured(
  logFile: string,
  program: string,
  args: readonly string[],
  env = process.env,
): ChildProcess {
  const log = openSync(logFile, 'w');
  const pinned = ['-c', String(MEASURED_CORE), program, ...args];
  const child = keep(spawn('taskset', pinned, { env, stdio: ['ignore', log, 'inherit'] }));
  closeSync(log);
  return child;
}

/** Starts a program beside this one; what it prints is dropped unless somebody listens. */
export function startBeside(program: string, args: readonly string[], env = process.env): ChildProcess {
  const child = keep(spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }));
  child.stdout!.resume();
  return child;
}

function keep(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends one program and waits for its end. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (!running.has(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Ends everything started here. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => stop(child)));
}

/** Runs a program beside this one to its end. @returns what it printed @throws where it failed, or took `timeoutMs` */
export function output(program: string, args: readonly string[], timeoutMs = 120_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = keep(spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs }));
    let printed = '';
    child.stdout!.on('data', (piece: Buffer) => {
      printed += piece;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${printed}`));
    });
  });
}

/**
 * Resolves once something answers a request there: a proxy tries whether its port is free before it uses it, and who
 * merely connects may meet that moment.
 */
export async function portAnswers(port: number): Promise<void> {
  await until(() => answers(port), `127.0.0.1:${port} to answer`, 20_000);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: nobody.invalid\r\n\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('close', () => resolve(false));
    socket.on('error', () => {});
  });
}

/** Below the range the kernel takes for outgoing connections, so that none of those gets there first. */
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;

/** A port nothing listens on. */
export function freePort(): Promise<number> {
  const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(freePort()));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(port)));
  });
}
