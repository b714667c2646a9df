/** An output that keeps what was written. */
import type { Output } from '../output.ts';

export interface RecordedOutput extends Output {
  readonly printed: string[];
  readonly complaints: string[];
}

export function recordedOutput(): RecordedOutput {
  const printed: string[] = [];
  const complaints: string[] = [];
  return {
    printed,
    complaints,
    print: (line) => printed.push(...line.split('\n')),
    complain: (line) => complaints.push(...line.split('\n')),
  };
}
