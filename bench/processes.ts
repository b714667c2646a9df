/** Starts the programs of a benchmark pinned to a core, waits for their ports, reads their CPU time, and ends them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';

/** Kernel clock ticks per second, the unit of /proc/PID/stat (proc(5)). */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const running: ChildProcess[] = [];

/** Path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']) {
    try {
      if (readdirSync(folder).includes(name)) return `${folder}/${name}`;
    } catch {
      // A folder of PATH that does not exist holds nothing.
    }
  }
  return undefined;
}

/** Starts a program on one core; its output goes to `stdio`. */
export function startPinned(core: number, program: string, args: readonly string[], env = process.env): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), program, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.push(child);
  return child;
}

/** Ends everything started here. */
export function stopAll(): void {
  for (const child of running.splice(0)) child.kill('SIGKILL');
}

/** Resolves once something accepts connections on the port. @throws after 10 s */
export async function portOpen(port: number): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (performance.now() < endMs) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** CPU time of a process, all of its threads, user and system, in seconds, from the scheduler's nanoseconds. */
export function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // First field: time spent on the CPU in ns (Documentation/scheduler/sched-stats.rst); exact where ticks are not.
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  if (nanoseconds > 0) return nanoseconds / 1e9;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A port nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
