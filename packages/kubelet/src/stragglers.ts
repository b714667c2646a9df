/** Kills what a container left behind outside its process group, as the end of a pod's PID namespace would. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { MARKER } from './marker.ts';

export interface Stragglers {
  /** Kills every process still marked with `containerId`. Resolves once none is found; never rejects. */
  end(containerId: string): Promise<void>;
}

/** A process may fork while it is looked for, so it is looked for again; a fork bomb is not waited for. */
const MOST_ROUNDS = 20;
const READ_AT_ONCE = 32;

/** One scan of all processes serves every container that ended since the last one began. */
export function stragglers(): Stragglers {
  let waiting = new Map<string, () => void>();
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      for (let round = 0; round < MOST_ROUNDS && (await killMarked(new Set(batch.keys()))) > 0; round++);
      for (const done of batch.values()) done();
    }
    running = false;
  }

  return {
    end: (containerId) =>
      new Promise((resolve) => {
        waiting.set(containerId, resolve);
        if (!running) void run();
      }),
  };
}

async function killMarked(containerIds: ReadonlySet<string>): Promise<number> {
  let killed = 0;
  for (const { pid, containerId } of await marked()) {
    if (!containerIds.has(containerId)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed++;
    } catch {
      // Gone meanwhile.
    }
  }
  return killed;
}

interface Marked {
  readonly pid: number;
  readonly containerId: string;
}

async function marked(): Promise<Marked[]> {
  return process.platform === 'linux' ? markedInProc() : markedByPs();
}

async function markedInProc(): Promise<Marked[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: Marked[] = [];
  for (let at = 0; at < pids.length; at += READ_AT_ONCE) {
    const texts = pids.slice(at, at + READ_AT_ONCE).map(async (pid) => {
      // A zombie's environment reads as empty: it is not found again while its parent has not waited for it.
      const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      const entry = text.split('\0').find((each) => each.startsWith(`${MARKER}=`));
      if (entry !== undefined) found.push({ pid: Number(pid), containerId: entry.slice(MARKER.length + 1) });
    });
    await Promise.all(texts);
  }
  return found;
}

/** macOS: `-E` shows the environment after the command. */
function markedByPs(): Promise<Marked[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], { maxBuffer: 1 << 26 }, (_error, stdout) => {
      const found: Marked[] = [];
      for (const line of stdout.split('\n')) {
        const match = line.match(new RegExp(`^\\s*(\\d+) .*\\b${MARKER}=([0-9a-f]+\\.\\d+)`));
        if (match !== null) found.push({ pid: Number(match[1]), containerId: match[2]! });
      }
      resolve(found);
    });
  });
}
