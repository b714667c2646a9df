/** Runs a vectors document against the real code: which cases pass, which fail, which differ on purpose. */
import { annotationValidation } from './annotation-validation.ts';
import { autoscalerDecision } from './autoscaler-decision.ts';
import { configmapValidation } from './configmap-validation.ts';
import { deciderInitialStatus } from './decider-initial-status.ts';
import { equalValues } from './equal-values.ts';
import { initialScaleSection } from './initial-scale.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json-value.ts';
import { panicWindow } from './panic-window.ts';
import { scaleDownDelayMaxWindow } from './scale-down-delay-max-window.ts';
import { scaleToZero } from './scale-to-zero.ts';
import type { Answer, Section } from './section.ts';
import { targetResolution } from './target-resolution.ts';
import { timeWindowAverage } from './time-window-average.ts';

export const sections: readonly Section[] = [
  annotationValidation,
  configmapValidation,
  targetResolution,
  panicWindow,
  autoscalerDecision,
  deciderInitialStatus,
  timeWindowAverage,
  scaleDownDelayMaxWindow,
  initialScaleSection,
  scaleToZero,
];

/** A case where Rouse means to answer otherwise. */
export interface Difference {
  readonly id: string;
  /** What Rouse answers. */
  readonly ours: unknown;
  readonly reason: string;
}

export interface CaseResult {
  readonly id: string;
  /** `listed`: different by its id in the listing. */
  readonly outcome: 'passed' | 'failed' | 'listed';
  readonly expected: unknown;
  readonly got: unknown;
  /** With `failed`: what its inputs show it to turn on, where that is something Rouse does not have. A hint, no excuse. */
  readonly different?: string;
}

export interface SectionResult {
  readonly name: string;
  readonly cases: readonly CaseResult[];
}

export interface VectorsResult {
  readonly sections: readonly SectionResult[];
  /** Sections of the document that nothing here runs. */
  readonly skipped: readonly string[];
}

function answerOf(section: Section, vector: JsonObject, list: string, whole: JsonObject): Answer {
  try {
    return section.run(vector, list, whole);
  } catch (error) {
    return { expected: 'an answer', got: `threw ${String(error)}` };
  }
}

/** A listed case must give exactly our own value: if it agrees with upstream after all, its listing is out of date. */
function judge(id: string, answer: Answer, differences: ReadonlyMap<string, Difference>): CaseResult {
  const agrees = equalValues(answer.expected, answer.got);
  const difference = differences.get(id);
  if (difference === undefined) {
    if (agrees) return { id, outcome: 'passed', expected: answer.expected, got: answer.got };
    return { id, outcome: 'failed', ...answer };
  }
  if (!agrees && equalValues(difference.ours, answer.got)) return { id, outcome: 'listed', ...answer };
  return {
    id,
    outcome: 'failed',
    expected: { listed_as: difference.ours, upstream: answer.expected },
    got: answer.got,
  };
}

/** What of a section cannot be run, as failures: a case that is passed over in silence would look like one that passes. */
function notRun(section: Section, value: unknown): CaseResult[] {
  const failed = (id: string, expected: string, got: unknown): CaseResult => ({ id, outcome: 'failed', expected, got });
  if (value === undefined) return [];
  if (Array.isArray(value) || typeof value !== 'object' || value === null)
    return [failed(section.name, 'an object', value)];
  return Object.entries(value).flatMap(([list, cases]) => {
    const known = section.lists.includes(list);
    if (known && !Array.isArray(cases)) return [failed(`${section.name}.${list}`, 'a list of cases', cases)];
    if (known || !Array.isArray(cases)) return [];
    return cases.map((each, index) =>
      failed(
        textOf(objectOf(each).id, `${section.name}.${list}[${index}]`),
        `one of ${section.lists.join(', ')}`,
        list,
      ),
    );
  });
}

/** @param document parsed JSON of a vectors file; any shape is taken, sections it lacks have no cases */
export function runVectors(document: unknown, listed: readonly Difference[]): VectorsResult {
  const differences = new Map(listed.map((difference) => [difference.id, difference]));
  const root = new Map(Object.entries(objectOf(document)));
  const known = new Set(sections.map((section) => section.name));
  const results = sections.map((section) => {
    const whole = objectOf(root.get(section.name));
    const cases = section.lists.flatMap((list) =>
      listOf(whole[list]).map((value, index) => {
        const vector = objectOf(value);
        const id = textOf(vector.id, `${section.name}.${list}[${index}]`);
        return judge(id, answerOf(section, vector, list, whole), differences);
      }),
    );
    return { name: section.name, cases: [...cases, ...notRun(section, root.get(section.name))] };
  });
  return { sections: results, skipped: [...root.keys()].filter((name) => name !== 'meta' && !known.has(name)) };
}
