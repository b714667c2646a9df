/** Processes of this machine: run to their end, or looked at from outside by /proc. */
import { spawn } from 'node:child_process';
import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A command that has ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @throws after `timeoutMs` (60 s) */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { cwd = process.cwd(), timeoutMs = 60_000 } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === null) reject(new Error(`${program} ${args.join(' ')} ended by ${signal}:\n${stdout}${stderr}`));
      else resolve({ code, stdout, stderr });
    });
  });
}

/** Process ids of all descendants of `pid`, by /proc. */
export function descendants(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** False for a process that is gone or only waits to be reaped. */
export function isRunning(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat !== '' && !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
}

/** The command line (or process title) of a process; empty when it is gone. */
export function commandLine(pid: number): string {
  return readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** Process ids of this machine whose environment holds all of these `NAME=value`. */
export function processesWith(variables: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const environment = environmentOf(pid);
      return variables.every((each) => environment.includes(each));
    });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const LISTEN = '0A';

/** True when `pid` holds the socket that listens on `port` (IPv4). */
export function listensOn(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set(
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === LISTEN && local?.endsWith(suffix))
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`)));
}

/** Regular files a process has open for writing, by name; devices, pipes, sockets and the kernel's own are none. */
export function filesWritten(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => isForWriting(readText(`/proc/${pid}/fdinfo/${fd}`)))
    .map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
    .filter((target) => /^\/(?!dev\/|proc\/|sys\/)/.test(target));
}

/** By the flags of open(2), in octal. */
function isForWriting(fdInfo: string): boolean {
  const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(fdInfo)?.[1] ?? '0', 8);
  return (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
}

/** Memory of a process in MiB, by /proc/PID/status: now, and the most it ever had. */
export function memoryMib(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { rss: field('VmRSS'), peak: field('VmHWM') };
}

/** How many descriptors a process has open, of whatever kind. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The environment a process was started with, `NAME=value` each; empty when it is gone. */
export function environmentOf(pid: number): string[] {
  return readText(`/proc/${pid}/environ`).split('\0').filter(Boolean);
}

/** Empty for a descriptor closed since it was listed. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
