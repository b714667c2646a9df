import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLineFile } from './line-file.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-lines-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'lines');
}

function unexpected(error: Error): void {
  throw error;
}

test('lines are appended to the file, soon after they were written and all of them at the end', async () => {
  const path = newFile();
  writeFileSync(path, 'before\n');
  const file = openLineFile(path, unexpected);
  file.write('soon\n');
  await expect.poll(() => readFileSync(path, 'utf8')).toBe('before\nsoon\n');
  for (let count = 0; count < 10_000; count++) file.write(`${count}\n`);
  await file.close();
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(10_003);
  expect(file.dropped).toBe(0);
  // Requests may still end while everything is being closed.
  file.write('late\n');
  expect(file.dropped).toBe(1);
});

test('a file that was cut off to rotate it goes on from its start', async () => {
  const path = newFile();
  const file = openLineFile(path, unexpected);
  file.write('old\n');
  await expect.poll(() => readFileSync(path, 'utf8')).toBe('old\n');
  truncateSync(path);
  file.write('new\n');
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('new\n');
});

test('a file that cannot be made is an error at once', () => {
  expect(() => openLineFile('/nowhere/at/all', unexpected)).toThrow(/ENOENT/);
});

/** Runs the fixture, and reads its output once it has written all of it. */
async function runFixture(target: string): Promise<{ out: string; told: unknown[]; code: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'line-file.fixture.ts'), target], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let told = '';
  const read = () => child.stdout.setEncoding('latin1').on('data', (text: string) => (out += text));
  child.stderr.on('data', (text) => {
    told += String(text);
    if (told.includes('dropped')) read();
  });
  const code = await new Promise<number>((resolve) => child.once('exit', resolve));
  child.stdout.destroy();
  return {
    out,
    told: told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    code,
  };
}

test.each(['stdout', '/dev/stdout'])(
  'a reader of %s that takes nothing for long costs lines, counted, and no more memory than is set aside',
  async (target) => {
    const { out, told, code } = await runFixture(target);
    const [{ lines, dropped, rss }, { faults }] = told as [Record<string, number>, { faults: string[] }];
    expect([code, faults]).toEqual([0, []]);
    expect(dropped).toBeGreaterThan(lines! / 2);
    expect(rss).toBeLessThan(200 * 1024 * 1024);
    // Every line that was not dropped came whole.
    const got = out.split('\n').filter((line) => line !== '');
    expect(got.length).toBe(lines! - dropped!);
    for (const line of got) JSON.parse(line);
  },
);

test('a pipe with a name is not waited for either', async () => {
  const path = newFile();
  execFileSync('mkfifo', [path]);
  expect(() => openLineFile(path, unexpected)).toThrow(/ENXIO/);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'line-file.fixture.ts'), path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told = await new Promise<string>((resolve) => child.stderr.once('data', (text) => resolve(String(text))));
  const { lines, dropped } = JSON.parse(told);
  expect(dropped).toBeGreaterThan(lines / 2);
});

test.each(['pipe', 'file'] as const)(
  'lines and those of a log go to one standard output, a %s, and each comes whole',
  async (kind) => {
    const path = newFile();
    const fixture = join(import.meta.dirname, 'line-file.fixture.ts');
    const stdout = kind === 'file' ? openSync(path, 'w') : 'pipe';
    const child = spawn(process.execPath, [fixture, 'mixed'], { stdio: ['ignore', stdout, 'ignore'] });
    if (typeof stdout === 'number') closeSync(stdout);
    let out = '';
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      out += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    const lines = (kind === 'file' ? readFileSync(path, 'latin1') : out).trim().split('\n');
    expect(lines).toHaveLength(2_100);
    expect(lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'turn')).toHaveLength(100);
  },
);

test.skipIf(!existsSync('/dev/full'))(
  'where nothing can be written any more that is told once, and the end comes all the same',
  async () => {
    const faults: string[] = [];
    const file = openLineFile('/dev/full', (error) => faults.push(error.message));
    for (let count = 0; count < 20_000; count++) file.write(`${'x'.repeat(99)}\n`);
    await expect.poll(() => faults).toEqual([expect.stringContaining('ENOSPC')]);
    file.write('more\n');
    await file.close();
    expect(faults).toHaveLength(1);
  },
);
