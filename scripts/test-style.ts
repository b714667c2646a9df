/** Refuses module mocks, sleeps and focused tests: tests use real servers, and an injected clock or a condition. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from './source-files.ts';

const refused: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /\bvi\.(?:mock|doMock|stubGlobal|useFakeTimers)\s*\(/,
    why: 'mock; use a real server or an injected clock',
  },
  {
    pattern:
      /await\s+(?:sleep|delay|wait)\s*\(\s*\d|await\s+new Promise(?:<[^>]*>)?\(\s*\(?(\w+)\)?\s*=>\s*(?:void\s+)?setTimeout\(\s*\1\s*,/,
    why: 'a sleep; wait for the event, poll a condition with a deadline, or advance a clock',
  },
  { pattern: /\b(?:test|it|describe)\.only\s*\(/, why: 'a focused test' },
];

/** One line for each refused construct in the test `source` at `path`. */
export function wrongTestStyle(path: string, source: string): string[] {
  return refused.filter(({ pattern }) => pattern.test(source)).map(({ why }) => `${path}: has ${why}`);
}

/** All refused constructs in the tests below `root`. */
export function checkTestStyle(root: string): string[] {
  return sourceFiles(root, ['.test.ts'])
    .filter((path) => !path.startsWith('scripts/'))
    .flatMap((path) => wrongTestStyle(path, readFileSync(join(root, path), 'utf8')));
}
