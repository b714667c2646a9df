/** Names the machine and the versions that figures belong to. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { findProgram } from './programs.ts';

const undici = createRequire(import.meta.url)('undici/package.json') as { readonly version: string };

const asked: Readonly<Record<string, readonly string[]>> = {
  haproxy: ['-v'],
  nginx: ['-v'],
  go: ['version'],
  wrk: ['-v'],
};

export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpus()[0]!.model.trim()}, ${gib} GiB, Linux ${release()}`;
}

/** `name version` of everything that takes part. */
export function describeVersions(): string {
  const found = Object.entries(asked).flatMap(([name, args]) => {
    const program = findProgram(name);
    if (program === undefined) return [];
    const version = /\d+\.\d+(?:\.\d+)?/.exec(firstLine(program, args))?.[0] ?? 'of unknown version';
    return [`${name} ${version}`];
  });
  return [`node ${process.version.slice(1)}`, `undici ${undici.version}`, ...found].join(', ');
}

/** Some print their version on stderr, and some fail when asked for it. */
function firstLine(program: string, args: readonly string[]): string {
  try {
    return execFileSync('sh', ['-c', '"$0" "$@" 2>&1', program, ...args], { encoding: 'utf8' });
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? '');
  }
}
