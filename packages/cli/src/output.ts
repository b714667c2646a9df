/** Where a command writes: results to one place, what went wrong to another. */
export interface Output {
  /** One line of the result. */
  readonly print: (line: string) => void;
  /** One line for a person, which must not end up in what a program reads. */
  readonly complain: (line: string) => void;
}
