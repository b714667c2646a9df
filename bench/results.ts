/** Keeps what was measured, case by case, so that one case can be measured again without the others. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Round } from './rounds.ts';

export interface CaseResult {
  /** Day it was measured, UTC, as YYYY-MM-DD. */
  readonly day: string;
  readonly seconds: number;
  readonly rounds: readonly Round[];
}

export interface Results {
  /** Figures of other machines, versions or transports are no comparison: they are dropped. */
  readonly machine: string;
  readonly versions: string;
  readonly transport: string;
  readonly cases: Record<string, CaseResult>;
}

const file = join(import.meta.dirname, 'results.json');

/** The figures so far where they are of this machine and these versions, else none. */
export function readResults(machine: string, versions: string, transport: string): Results {
  const none = { machine, versions, transport, cases: {} };
  if (!existsSync(file)) return none;
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Results;
  const isSame = kept.machine === machine && kept.versions === versions && kept.transport === transport;
  return isSame ? kept : none;
}

export function writeResults(results: Results): void {
  // A round a line: short enough to read, and to compare in a diff.
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
  const text = JSON.stringify(results, rounded, 2).replace(/\{\s+("cpu"|"p50"|"bytes")([^}]*)\}/g, (match) =>
    match.replace(/\s+/g, ' '),
  );
  writeFileSync(file, `${text}\n`);
}
