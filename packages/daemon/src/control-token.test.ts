import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openControlToken } from './control-token.ts';
import { createLog } from './log.ts';

let folder: string;
let file: string;
let lines: string[];
let clock = manualClock();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rouse-token-'));
  file = join(folder, 'token');
  lines = [];
  clock = manualClock();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(options: { file?: string | null; env?: NodeJS.ProcessEnv }) {
  const log = createLog('test', 'info', { write: (line) => void lines.push(line) });
  return openControlToken({ file: options.file ?? null, env: options.env ?? {}, log, clock });
}

test('a token from the environment is taken out of it, so that no child inherits it', () => {
  const env: NodeJS.ProcessEnv = { ROUSE_CONTROL_TOKEN: 's3cret', PATH: '/bin' };
  const { token, problems } = open({ env });
  expect(problems).toEqual([]);
  expect(env).toEqual({ PATH: '/bin' });
  expect(token.current).toBe('s3cret');
});

test('the environment is cleared even where the file wins', () => {
  writeFileSync(file, 'from-file\n');
  const env: NodeJS.ProcessEnv = { ROUSE_CONTROL_TOKEN: 'from-env' };
  expect(open({ file, env }).token.current).toBe('from-file');
  expect(env).toEqual({});
});

test('only the exact token in a Bearer field is authorised', () => {
  const { token } = open({ env: { ROUSE_CONTROL_TOKEN: 's3cret' } });
  expect(token.isAuthorized('Bearer s3cret')).toBe(true);
  expect(token.isAuthorized('bearer s3cret')).toBe(true);
  for (const header of [
    undefined,
    null,
    '',
    'Bearer',
    'Bearer ',
    'Bearer s3cre',
    'Bearer s3cret2',
    'Basic s3cret',
    's3cret',
    'Bearer s3cret x',
  ]) {
    expect(token.isAuthorized(header)).toBe(false);
  }
});

test('without a token everything is authorised: such a server listens on loopback alone', () => {
  const { token, problems } = open({});
  expect(problems).toEqual([]);
  expect(token.current).toBeNull();
  expect(token.isAuthorized(undefined)).toBe(true);
});

test('two lines are two valid tokens, of which the first is sent', () => {
  writeFileSync(file, 'new\nold\n');
  const { token } = open({ file });
  expect(token.current).toBe('new');
  expect(token.isAuthorized('Bearer new')).toBe(true);
  expect(token.isAuthorized('Bearer old')).toBe(true);
  expect(token.isAuthorized('Bearer older')).toBe(false);
});

test('a rewritten file is in force within moments, the old token no more', () => {
  writeFileSync(file, 'first');
  const { token } = open({ file });
  writeFileSync(file, 'second\n');
  clock.advance(1_000);
  expect(token.current).toBe('second');
  expect(token.isAuthorized('Bearer first')).toBe(false);
});

test('a Secret volume, which swaps a symbolic link, is followed', () => {
  writeFileSync(join(folder, 'v1'), 'first');
  writeFileSync(join(folder, 'v2'), 'second');
  symlinkSync(join(folder, 'v1'), file);
  const { token } = open({ file });
  unlinkSync(file);
  symlinkSync(join(folder, 'v2'), file);
  clock.advance(1_000);
  expect(token.current).toBe('second');
});

test('a file that becomes empty leaves the last token in force and says so', () => {
  writeFileSync(file, 'first');
  const { token } = open({ file });
  writeFileSync(file, '');
  clock.advance(1_000);
  expect(lines.join()).toContain('not usable');
  expect(token.isAuthorized('Bearer first')).toBe(true);
  expect(token.isAuthorized('Bearer ')).toBe(false);
  clock.advance(10_000);
  expect(lines).toHaveLength(1);
});

test('after close the file is looked at no more', () => {
  writeFileSync(file, 'first');
  const { token } = open({ file });
  token.close();
  writeFileSync(file, 'second');
  clock.advance(10_000);
  expect(token.current).toBe('first');
});

test.each([
  ['missing', null],
  ['empty', ''],
  ['of three tokens', 'a b c'],
  ['with characters a field cannot carry', 'tökén'],
])('a file %s is a problem at start that shows no token', (_, content) => {
  if (content !== null) writeFileSync(file, content);
  const { problems } = open({ file });
  expect(problems).toMatchObject([{ key: '--control-token-file', value: file, severity: 'error' }]);
});
