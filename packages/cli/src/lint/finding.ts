/** One thing `rouse lint` has to say: where it stands, what is there, what would be right. */
import type { Problem } from '@rouse/contract';

export interface Finding {
  readonly file: string;
  /** 1-based line where the object begins; null when it is about the whole file or path. */
  readonly line: number | null;
  /** e.g. `Deployment default/hello`; null when the file could not be read that far. */
  readonly object: string | null;
  /** Annotation or field, e.g. `spec.replicas`. */
  readonly key: string;
  /** As its author wrote it; empty when it is missing. */
  readonly value: string;
  readonly allowed: string;
  readonly fix: string;
  /** `error` makes `rouse lint` fail; a `notice` only informs. */
  readonly severity: 'error' | 'notice';
}

/** The place of an object in the manifests. */
export type Place = Pick<Finding, 'file' | 'line' | 'object'>;

export function findingOf(place: Place, problem: Problem): Finding {
  const { key, value, allowed, fix, severity } = problem;
  return { ...place, key, value, allowed, fix, severity };
}

/** A problem of the manifest loader, whose key is `file:line` or a path. */
export function manifestFinding(problem: Problem): Finding {
  const at = /^(.*):(\d+)$/s.exec(problem.key);
  const place = { file: at?.[1] ?? problem.key, line: at ? Number(at[2]) : null, object: null };
  return { ...findingOf(place, problem), key: 'manifest' };
}

/** One line, as compilers print it: `file:line: error: object: key: what is wrong and how to mend it`. */
export function findingLine(finding: Finding): string {
  const { file, line, object, key, value, allowed, fix, severity } = finding;
  const where = line === null ? file : `${file}:${line}`;
  const what = [severity, ...(object === null ? [] : [object]), ...(key === 'manifest' ? [] : [key])].join(': ');
  const stands = value === '' ? 'missing' : `${JSON.stringify(value)} is not accepted`;
  // What a notice is about is accepted; its sentence says what would be better.
  return `${where}: ${what}: ${severity === 'notice' ? '' : `${stands}; allowed: ${allowed}. `}${fix}`;
}
