import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, until } from './testing/until.ts';

const PARENT = fileURLToPath(new URL('./testing/parent.ts', import.meta.url));
/** Prints `pid NUMBER` and then ignores every signal it can; `$$$$` is `$$` after the kubelet's own expansion. */
const STUBBORN = `trap '' TERM INT HUP; echo pid $$$$; while :; do sleep 0.05; done`;

let parent: ChildProcess | undefined;
/** The parent is killed before it can clear up: its temporary files go here. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rouse-orphans-'));
});
afterEach(async () => {
  parent?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts the parent in a process group of its own, as a terminal does, and waits for `count` pids. */
async function pidsUnder(scripts: readonly string[], count: number): Promise<number[]> {
  const child = spawn(process.execPath, [PARENT, ...scripts], {
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  parent = child;
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const pids = await until('the pods to start', () => {
    const found = [...text.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));
    return found.length >= count && found;
  });
  for (const pid of pids) expect(await isAlive(pid)).toBe(true);
  return pids;
}

async function allGone(pids: readonly number[]): Promise<void> {
  await until(`the end of ${pids}`, async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive), 4000);
}

test('kill -9 of the parent ends containers that ignore SIGTERM, and what they forked', async () => {
  const pids = await pidsUnder([STUBBORN, `(${STUBBORN}) & sh -c 'echo pid $$$$; exec sleep 60' & ${STUBBORN}`], 4);
  process.kill(parent!.pid!, 'SIGKILL');
  await allGone(pids);
});

test('kill -9 of the parent ends a daemon that left its process group, and one that cleared its environment', async () => {
  const daemon = `const {spawn} = require('node:child_process');
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done'], {detached: true, stdio: 'ignore'});
    console.log('pid ' + child.pid);
    child.unref();`;
  const scripts = [
    `'${process.execPath}' -e '${daemon.replaceAll("'", `'"'"'`)}'; ${STUBBORN}`,
    `exec env -i PATH="$PATH" sh -c 'echo pid $$$$; exec sleep 60'`,
  ];
  const pids = await pidsUnder(scripts, 3);
  process.kill(parent!.pid!, 'SIGKILL');
  await allGone(pids);
});

test('kill -9 of the whole process group of the parent leaves nothing either', async () => {
  const pids = await pidsUnder([STUBBORN], 1);
  process.kill(-parent!.pid!, 'SIGKILL');
  await allGone(pids);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a parent that %s ends without a word leaves nothing',
  async (signal) => {
    const pids = await pidsUnder([STUBBORN], 1);
    process.kill(-parent!.pid!, signal);
    await allGone(pids);
  },
);

test('Ctrl-C on the terminal reaches the parent only, not the containers', async () => {
  const pids = await pidsUnder([`trap 'echo interrupted' INT; echo pid $$$$; while :; do sleep 0.05; done`], 1);
  let text = '';
  parent!.stdout!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  process.kill(-parent!.pid!, 'SIGINT');
  await allGone(pids);
  expect(text).not.toContain('interrupted');
});

test('a reaper that is killed is replaced, and the next one knows the containers of before', async () => {
  const pids = await pidsUnder([`exec env -i PATH="$PATH" sh -c 'echo pid $$$$; exec sleep 60'`], 1);
  const first = await until('the reaper', () => reaperOf(parent!.pid!));
  process.kill(first, 'SIGKILL');
  await until('another reaper', async () => {
    const next = await reaperOf(parent!.pid!);
    return next !== undefined && next !== first;
  });
  expect(await isAlive(pids[0]!)).toBe(true);
  process.kill(parent!.pid!, 'SIGKILL');
  await allGone(pids);
});

async function reaperOf(parentPid: number): Promise<number | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  for (const line of stdout.split('\n')) {
    const [pid, ppid, state] = line.trim().split(/\s+/);
    if (
      Number(ppid) === parentPid &&
      line.includes('/bin/sh -c') &&
      !line.includes('exec env') &&
      !state!.startsWith('Z')
    ) {
      return Number(pid);
    }
  }
  return undefined;
}
