import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { reportVectors } from './report-vectors.ts';
import { runVectors, sections } from './run-vectors.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
const document = read('knative.json');
const listed = read('listed-as-different.json').cases;

describe('the vectors', () => {
  const result = runVectors(document, listed);

  test.each(sections.map((section) => section.name))('%s: every case passes or is listed as different', (name) => {
    const cases = result.sections.find((section) => section.name === name)!.cases;
    expect(cases.filter((each) => each.outcome === 'failed')).toEqual([]);
    const inFile = Object.values(document[name]).filter(Array.isArray).flat();
    expect(cases.map((each) => each.id)).toEqual(inFile.map((each) => each.id));
  });

  test('every listed case is in the file, has a reason, and stands in the decision record', () => {
    const ids = new Set(result.sections.flatMap((section) => section.cases.map((each) => each.id)));
    const record = readFileSync(
      new URL('../../../docs/decisions/0002-knative-vectors-listed-as-different.md', import.meta.url),
      'utf8',
    );
    for (const { id, reason } of listed) {
      expect(ids).toContain(id);
      expect(reason.length).toBeGreaterThan(40);
      expect(record).toContain(id);
    }
  });

  test('a listed case that agrees after all, or gives another value, fails', () => {
    const agreeing = document.panic_window.cases[0].id;
    const outcomes = (ours: unknown) =>
      runVectors(document, [{ id: agreeing, ours, reason: '' }])
        .sections.flatMap((section) => section.cases)
        .find((each) => each.id === agreeing)!.outcome;
    expect(outcomes({ panic_window_s: 1 })).toBe('failed');
    expect(outcomes({ panic_window_s: 7 })).toBe('failed');
  });

  test('every single number expected in the file is really compared', () => {
    // Each expectation is spoiled in turn; the case it belongs to has to fail.
    let spoiled = 0;
    for (const section of sections) {
      for (const list of section.lists) {
        for (const vector of document[section.name][list]) {
          const copy = structuredClone(vector);
          if (!spoil(copy)) continue;
          spoiled += 1;
          const { expected, got } = section.run(copy, list, document[section.name]);
          expect(JSON.stringify(expected), vector.id).not.toBe(JSON.stringify(got));
        }
      }
    }
    expect(spoiled).toBeGreaterThan(150);
  });

  test('sections and shapes it does not know are named or fail, and crash nothing', () => {
    const odd = {
      meta: {},
      novelty: { cases: [{}] },
      decider_initial_status: {
        cases: [
          { id: 'a', target_burst_capacity: 42, expected: { desired_scale: -1, ebc: -17 } },
          { id: 'b', expected: { desired_scale: 0 } },
        ],
      },
      time_window_average: { cases: [{ id: 'c', ops: [{ op: 'juggle' }] }, null] },
      annotation_validation: 7,
      autoscaler_decision: {
        cases: [
          {
            id: 'd',
            steps: [
              {
                ready_pods: 3,
                observed_stable: null,
                observed_panic: null,
                expected: { valid: false, desired_pods: 0 },
              },
            ],
          },
        ],
      },
    };
    const { lines, failed } = reportVectors(runVectors(odd, []));
    expect(lines).toContain('novelty: skipped, not run by this command');
    expect(lines.filter((line) => line.includes('FAILED')).map((line) => line.trim().split(' ')[1])).toEqual([
      'b:',
      'c:',
    ]);
    expect(failed).toBe(2);
    expect(lines.at(-1)).toBe('3 passed, 2 failed, 0 listed as different');
  });
});

/** Changes the last value asserted; false where the case asserts nothing of a kind that can be changed so. */
function spoil(vector: Record<string, unknown>): boolean {
  const holders: Record<string, unknown>[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const holder = value as Record<string, unknown>;
    if (!Array.isArray(value) && Object.keys(holder).some((key) => asserted.includes(key))) holders.push(holder);
    for (const child of Object.values(holder)) walk(child);
  };
  walk(vector);
  const holder = holders.at(-1);
  const key = asserted.find((name) => holder?.[name] !== undefined);
  if (holder === undefined || key === undefined) return false;
  const value = holder[key];
  holder[key] = typeof value === 'number' ? value + 3 : typeof value === 'boolean' ? !value : [99];
  return typeof value !== 'object' || Array.isArray(value);
}

const asserted = [
  'valid',
  'target',
  'panic_window_s',
  'desired_pods',
  'in_panic',
  'exact',
  'expected_bucket_count',
  'expected',
  'expected_current_after_each',
  'expected_current',
  'initial_scale',
  'returned_scale',
];

test('the command prints each failing case and exits 1; without one it exits 0', { timeout: 30_000 }, () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('./run.ts', import.meta.url)), ...args], { encoding: 'utf8' });
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    const other = join(folder, 'other.json');
    writeFileSync(
      other,
      JSON.stringify({
        panic_window: {
          cases: [{ id: 'x-1', stable_window_s: 60, panic_window_percentage: 10, expected: { panic_window_s: 7 } }],
        },
      }),
    );
    const failing = run(other);
    expect(failing.status).toBe(1);
    expect(failing.stdout).toContain('FAILED x-1: expected {"panic_window_s":7}, got {"panic_window_s":6}');
    const own = run();
    expect([own.status, own.stdout.trim().split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^\d+ passed, 0 failed, \d+ listed as different$/),
    ]);
    const missing = run(join(folder, 'none.json'));
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('npm run vectors -- FILE');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
