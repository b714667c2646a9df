/** Connections by the thousand, from a process of their own: they send what they are told, and stay until told to go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = join(import.meta.dirname, 'connections-process.ts');

export interface ManyConnections {
  /** Those whose connect succeeded and that are still open. */
  open(): Promise<number>;
  close(): Promise<void>;
}

/** More would need more descriptors than a process may have on many machines. */
const MOST_PER_PROCESS = 8_000;

export interface ManyConnectionsOptions {
  readonly port: number;
  readonly count: number;
  /** Connects so many a second, over all; as fast as they are answered by default. */
  readonly perSecond?: number;
  /** Sent on each right after its connect; none for connections that only idle. */
  readonly text?: string;
}

/** Resolves once every connect was answered, one way or another. */
export async function manyConnections(options: ManyConnectionsOptions): Promise<ManyConnections> {
  const { port, count, perSecond = Number.MAX_SAFE_INTEGER, text = '' } = options;
  const children: ChildProcess[] = [];
  const told: Promise<unknown>[] = [];
  for (let left = count; left > 0; left -= MOST_PER_PROCESS) {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.push(child);
    const share = Math.min(left, MOST_PER_PROCESS);
    child.send({ port, count: share, perSecond: (perSecond * share) / count, text });
    told.push(once(child, 'message'));
  }
  await Promise.all(told);
  return {
    async open() {
      const counts = children.map(async (child) => {
        child.send('count');
        return ((await once(child, 'message')) as [number])[0];
      });
      return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map((child) => once(child, 'exit')));
    },
  };
}
