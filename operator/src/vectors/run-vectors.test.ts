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
    expect(cases.filter((each) => each.outcome !== 'passed' && each.outcome !== 'listed')).toEqual([]);
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
      panic_window: { note: 'n', cases: {}, more_cases: [{ id: 'e' }, {}] },
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
      'annotation_validation:',
      'panic_window.cases:',
      'e:',
      'panic_window.more_cases[1]:',
      'b:',
      'c:',
    ]);
    expect(failed).toBe(6);
    expect(lines.at(-1)).toBe('3 passed, 6 failed, 0 listed as different');
  });
});

/** Outcome and report line of one case of another file. */
function judged(section: string, vector: object): { readonly outcome: string; readonly lines: readonly string[] } {
  const result = runVectors({ [section]: { ...document[section], cases: [{ id: 'x', ...vector }] } }, []);
  const [only] = result.sections.flatMap((each) => each.cases);
  const hint = only!.different === undefined ? '' : ', with a hint';
  return { outcome: only!.outcome + hint, lines: reportVectors(result).lines };
}

describe('an error of the validation', () => {
  const key = 'autoscaling.knative.dev/target';
  const error = { code: 'some_other_name', message: 'target 0 should be at least 0.01', paths: [key] };
  const outcome = (annotations: object, expected: object) =>
    judged('annotation_validation', { config: {}, annotations, expected }).outcome;

  test('passes under a code that no published case shows, but not with another message or path', () => {
    expect(outcome({ [key]: '0' }, { valid: false, errors: [error] })).toBe('passed');
    expect(outcome({ [key]: '0' }, { valid: false, errors: [{ ...error, message: 'other' }] })).toBe('failed');
    expect(outcome({ [key]: '0' }, { valid: false, errors: [{ ...error, paths: ['other'] }] })).toBe('failed');
    expect(outcome({ [key]: '0' }, { valid: false, errors: [{ ...error, code: 'invalid_value' }] })).toBe('failed');
    expect(outcome({ [key]: '0' }, { valid: true, errors: [error] })).toBe('failed');
    expect(outcome({ [key]: '0' }, { valid: true, errors: [] })).toBe('failed');
  });

  test('fails for NaN with a hint, and for anything else in the same case without', () => {
    const valid = { valid: true, errors: [] };
    expect(outcome({ [key]: 'NaN' }, valid)).toBe('failed, with a hint');
    expect(outcome({ [key]: 'NaN', 'autoscaling.knative.dev/min-scale': '-1' }, valid)).toBe('failed');
    expect(outcome({ [key]: 'x' }, valid)).toBe('failed');
  });
});

test('a ConfigMap with NaN fails with a hint, and with another fault beside it without', () => {
  const outcome = (data: object) => judged('configmap_validation', { data, expected: { valid: true } }).outcome;
  expect(outcome({ 'max-scale-up-rate': 'NaN' })).toBe('failed, with a hint');
  expect(outcome({ 'max-scale-up-rate': 'NaN', 'max-scale': '-1' })).toBe('failed');
  expect(outcome({ 'max-scale': '-1' })).toBe('failed');
});

describe('a case of scale_to_zero of another file', () => {
  const inputs = {
    current_replicas: 1,
    autoscaler_want: 0,
    active_status: 'inactive',
    in_status_for_s: 30,
    reachability: 'Unknown',
    annotations: {},
    in_proxy_mode_for_s: 0,
    activator_probe: 'activator',
  };
  const outcome = (changed: object, returned_scale: number, replicas_patched: boolean) =>
    judged('scale_to_zero', {
      config: {},
      inputs: { ...inputs, ...changed },
      expected: { returned_scale, replicas_patched },
    }).outcome;

  test('has a hint while the grace period runs, and only then', () => {
    expect(outcome({}, 0, false)).toBe('failed, with a hint');
    expect(outcome({ in_proxy_mode_for_s: 60 }, 0, false)).toBe('failed');
    expect(outcome({ in_status_for_s: 60 }, 0, false)).toBe('failed');
    expect(outcome({ in_proxy_mode_for_s: 60 }, 0, true)).toBe('passed');
    expect(outcome({}, 1, false)).toBe('failed');
    expect(outcome({ annotations: { 'min-scale': 1 } }, 0, false)).toBe('failed');
  });

  test('has a hint once the activation deadline has passed, the own one before the one of the cluster', () => {
    const activating = { active_status: 'activating' };
    expect(outcome({ ...activating, in_status_for_s: 152 }, 0, true)).toBe('failed, with a hint');
    expect(outcome({ ...activating, in_status_for_s: 151 }, 0, true)).toBe('failed');
    for (const annotations of [{ 'progress-deadline': 5 }, { 'serving.knative.dev/progress-deadline': '5s' }]) {
      expect(outcome({ ...activating, in_status_for_s: 36, annotations }, 0, true)).toBe('failed, with a hint');
      expect(outcome({ ...activating, in_status_for_s: 35, annotations }, 0, true)).toBe('failed');
    }
  });

  test('has a hint where retention would keep more than one pod', () => {
    const annotations = { retention: 120 };
    expect(outcome({ annotations, current_replicas: 3 }, 0, false)).toBe('failed, with a hint');
    expect(outcome({ annotations }, 0, false)).toBe('passed');
    expect(outcome({ annotations, current_replicas: 3, reachability: 'Unreachable' }, 1, false)).toBe('failed');
  });

  test('is printed with its id, both answers and the hint, and counted as failed', () => {
    const { lines } = judged('scale_to_zero', { inputs, expected: { returned_scale: 0, replicas_patched: false } });
    expect(lines.find((line) => line.includes('FAILED x'))).toMatch(
      /expected .*"replicas_patched":false.*, got .*"replicas_patched":true.* \(turns on: the grace period/,
    );
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 listed as different');
  });
});

test('a step whose metrics or pods cannot be read decides nothing, and leaves the panic as it was', () => {
  const spec = { ...document.autoscaler_decision.cases[0].spec };
  for (const unread of [{ observed_stable: null }, { ready_pods: null }, { metrics_error: 'none' }]) {
    const step = { t_s: 0, ready_pods: 1, observed_stable: 50, observed_panic: 50, ...unread };
    const expected = { valid: false, desired_pods: 0, in_panic: true, max_panic_pods: 3 };
    const initial_state = { ready_pods_at_creation: 3 };
    const { outcome } = judged('autoscaler_decision', { spec, initial_state, steps: [{ ...step, expected }] });
    expect(outcome).toBe('passed');
  }
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
    writeFileSync(other, '[]');
    expect(run(other)).toMatchObject({ status: 2, stderr: expect.stringContaining('no section of a vectors file') });
    const missing = run(join(folder, 'none.json'));
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('npm run vectors -- FILE');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
