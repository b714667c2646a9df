/** slowhttptest, the usual tool for slow clients, where this machine has it. */
import { spawnSync } from 'node:child_process';
import { run } from '../processes.ts';

/** slowhttptest's own letters: slow heads (H), slow request bodies (B), slow readers of an answer (X). */
export type SlowMode = 'H' | 'B' | 'X';

export const hasSlowhttptest = ['slowhttptest', 'chrt'].every((name) => spawnSync(name, ['-h']).error === undefined);

export interface SlowAttack {
  readonly mode: SlowMode;
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Between two pieces of a head or a body; all connections send theirs in the same instant. */
  readonly intervalS: number;
  /**
   * With what others leave of the machine: slowhttptest spins on a core from begin to end, which is no part of an attack
   * that comes from elsewhere. On a busy machine it gets nothing done that way.
   */
  readonly aside: boolean;
}

/** What its last status, each 5 s, tells of the connections. */
export interface SlowOutcome {
  readonly connected: number;
  readonly closed: number;
  /** It ends before its time when no connection is left. */
  readonly endedAfterS: number;
  /** Its own probe found the service available at the end. */
  readonly available: boolean;
}

/** How often it sends a further piece of a head or a body unless told otherwise, s. */
export const OWN_INTERVAL_S = 10;

const MODE_ARGS: Record<SlowMode, readonly string[]> = {
  H: ['-H', '-x', '24'],
  B: ['-B', '-x', '24', '-s', '8192'],
  X: ['-X', '-w', '512', '-y', '1024', '-n', '2', '-z', '32', '-k', '3'],
};

/** Runs one attack to its end: it opens all connections within a second and stops by itself after `seconds`. */
export async function slowAttack(attack: SlowAttack): Promise<SlowOutcome> {
  const { mode, url, connections, seconds, intervalS, aside } = attack;
  const numbers = { c: connections, r: connections, l: seconds, ...(mode === 'X' ? {} : { i: intervalS }) };
  const args = [...MODE_ARGS[mode], ...Object.entries(numbers).flatMap(([key, value]) => [`-${key}`, String(value)])];
  const [program, ...before] = [...(aside ? ['chrt', '--idle', '0'] : []), 'slowhttptest'];
  const { stdout } = await run(
    program!,
    [...before, ...args, '-p', '3', '-u', url, '-v', '1'],
    {},
    {
      timeoutMs: (seconds + 30) * 1000,
    },
  );
  const last = (name: string): string => {
    const all = [...plain(stdout).matchAll(new RegExp(`^${name}:\\s+(\\S+)`, 'gm'))];
    return all.at(-1)?.[1] ?? '';
  };
  return {
    connected: Number(last('connected')),
    closed: Number(last('closed')),
    endedAfterS: Number(/Test ended on (\d+)/.exec(plain(stdout))?.[1]),
    available: last('service available') === 'YES',
  };
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g'), '');
}
