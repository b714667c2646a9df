/** How one section of a vectors file is run: each case gives what the file expects and what the code answers, in the same shape. */
import type { JsonObject } from './json-value.ts';

export interface Answer {
  /** The part of the case's expectation that Rouse is held to. */
  readonly expected: unknown;
  readonly got: unknown;
  /**
   * Where the two differ, and the case's inputs show that it turns on something Rouse does not have or means otherwise:
   * what that is, in a sentence. Absent where the difference would be a fault.
   */
  readonly different?: string;
}

export interface Section {
  readonly name: string;
  /** Lists of cases within the section. */
  readonly lists: readonly string[];
  /** Runs one case of `list` against the real code. `section` is the whole section, for its defaults. */
  run(vector: JsonObject, list: string, section: JsonObject): Answer;
}

/** Keeps of `got` only the fields the expectation has and `compared` names. */
export function compareFields(expected: JsonObject, got: JsonObject, compared: readonly string[]): Answer {
  const fields = compared.filter((field) => expected[field] !== undefined);
  return {
    expected: Object.fromEntries(fields.map((field) => [field, expected[field]])),
    got: Object.fromEntries(fields.map((field) => [field, got[field]])),
  };
}
