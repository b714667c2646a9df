/** A daemon looked at from outside: descriptors and resident memory by /proc, what it holds by its inspector. */
import { until } from '@rouse/contract/testing';
import { memoryMib, openDescriptors } from '../processes.ts';

const MIB = 2 ** 20;

/** What a daemon needs in NODE_OPTIONS to be asked what it holds; the inspector opens at SIGUSR1, on a free port. */
export const INSPECTOR_OPTIONS = '--inspect-port=127.0.0.1:0';

export interface Footprint {
  readonly rssMib: number;
  readonly descriptors: number;
}

/** Null when it is gone. */
export function footprint(pid: number): Footprint | null {
  try {
    return { rssMib: memoryMib(pid).rss, descriptors: openDescriptors(pid) };
  } catch {
    return null;
  }
}

export interface InspectedProcess {
  readonly pid: number;
  /** Objects and buffers that are left after a full garbage collection, MiB. */
  heldMib(): Promise<number>;
  close(): void;
}

/**
 * Opens the inspector of a process started with `INSPECTOR_OPTIONS`.
 * @param told what it printed so far, growing; its address is there after the signal
 */
export async function inspect(pid: number, told: readonly string[]): Promise<InspectedProcess> {
  const before = told.length;
  process.kill(pid, 'SIGUSR1');
  const url = await until(
    () => told.slice(before).flatMap((line) => /Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? [])[0],
    `the inspector of ${pid}`,
  );
  const socket = new WebSocket(url);
  let sequence = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  await until(() => socket.readyState === WebSocket.OPEN, `a connection to the inspector of ${pid}`);
  const call = async <T>(method: string): Promise<T> => {
    const id = ++sequence;
    let result: T | undefined;
    waiting.set(id, (value) => {
      result = value as T;
    });
    socket.send(JSON.stringify({ id, method }));
    const answer = await until(() => result, `${method} of ${pid}`, 30_000);
    waiting.delete(id);
    return answer as T;
  };
  return {
    pid,
    async heldMib() {
      // Once more for what the first one's finalizers let go.
      await call('HeapProfiler.collectGarbage');
      await call('HeapProfiler.collectGarbage');
      const used = await call<{ usedSize: number; backingStorageSize: number }>('Runtime.getHeapUsage');
      return (used.usedSize + used.backingStorageSize) / MIB;
    },
    close: () => socket.close(),
  };
}
