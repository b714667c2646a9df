/** A fault in an input (annotation, flag, manifest, API body), told so that its author can mend it. */
export interface Problem {
  /** Where the value came from: `annotation`, `flag`, `config`, `manifest` or `body`. */
  readonly source: 'annotation' | 'flag' | 'config' | 'manifest' | 'body';
  /** The key as its author wrote it, e.g. `autoscaling.knative.dev/min-scale`. */
  readonly key: string;
  /** The value as its author wrote it; empty when the key is missing. */
  readonly value: string;
  /** What would be accepted, e.g. `an integer from 0 to 2147483647`. */
  readonly allowed: string;
  /** One imperative sentence: what to change. */
  readonly fix: string;
  /** `error` keeps the last good settings in force; `notice` only informs. */
  readonly severity: 'error' | 'notice';
  /** The same fault in the words of Knative's own validation, for its annotations. */
  readonly upstream?: UpstreamError;
}

/** An error as Knative's `ValidateAnnotations` reports it (`apis.FieldError`), with a code for machines. */
export interface UpstreamError {
  readonly code: string;
  /** Without the paths, e.g. `expected 0 <= -1 <= 2147483647`. */
  readonly message: string;
  /** Usually the annotation's key; some errors say more in it. */
  readonly paths: readonly string[];
  readonly lower?: number | string;
  readonly upper?: number | string;
}

/** One line for a person: key, value, allowed range and fix. */
export function formatProblem(problem: Problem): string {
  return `${problem.key}: ${JSON.stringify(problem.value)} is not accepted; allowed: ${problem.allowed}. ${problem.fix}`;
}
