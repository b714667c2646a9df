/** A probe that runs a command in a container: its exit code is the answer. */
import { spawn } from 'node:child_process';
import { MARKER } from './marker.ts';
import type { ProbeResult } from './probe.ts';
import type { Launch } from './process-group.ts';

/** The container it is run in: the command gets its folder and environment, and ends with it. */
export interface ExecPlace {
  readonly launch: Launch;
  readonly containerId: string;
}

/** Of the output that a message keeps (kubelet: probe/exec maxReadLength). */
const MOST_OUTPUT_BYTES = 10 * 1024;

/** Runs it once. Exit code 0 is success, others and more than `timeoutMs` are failures. Never rejects. */
export function probeByCommand(
  command: readonly string[],
  { launch, containerId }: ExecPlace,
  timeoutMs: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const child = spawn(program ?? '', args, {
      // A group of its own, to be killed whole; the mark lets it end with the container in any case.
      detached: true,
      cwd: launch.workingDir,
      env: { ...launch.env, [MARKER]: containerId },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      if (bytes < MOST_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MOST_OUTPUT_BYTES - bytes));
      bytes += chunk.length;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ kind: 'error', message: error.message });
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      killGroup(child.pid);
      const ended = (): void => {
        if (timedOut) {
          const text = JSON.stringify(command.join(' '));
          resolve({ kind: 'failure', message: `command timed out: ${text} timed out after ${timeoutMs / 1000}s` });
        } else if (code === 0) resolve({ kind: 'success' });
        else resolve({ kind: 'failure', message: Buffer.concat(chunks).toString('utf8').trimEnd() });
      };
      child.once('close', ended);
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
