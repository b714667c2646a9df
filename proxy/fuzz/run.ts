/** Runs random inputs through both parsers and counts what came of them. */
import { compare, explanation, type Input } from './compare.ts';
import type { Difference } from './difference.ts';
import { type Random, randomFrom } from './random.ts';
import { requestStream } from './request-grammar.ts';
import { responseStream } from './response-grammar.ts';

export interface Finding {
  readonly input: Input;
  readonly difference: Difference;
}

export interface Report {
  inputs: number;
  /** Of which all was read, and something was. */
  accepted: number;
  /** How often each fault was found, by its name. */
  readonly faults: Map<string, number>;
  /** How often each allowed difference was met, by its name. */
  readonly allowed: Map<string, number>;
  /** The first of each kind that nothing explains. */
  readonly findings: Finding[];
}

/** Faults that a run of some length must meet: all that the parsers can tell. */
export const ALL_FAULTS = [
  'request: bad-request',
  'request: bad-request (body)',
  'request: bad-host',
  'request: bad-framing',
  'request: method-not-allowed',
  'request: target-too-long',
  'request: head-too-large',
  'request: unknown-coding',
  'request: unknown-version',
  'response: bad-response',
  'response: bad-response (body)',
  'response: bad-response (101)',
  'response: bad-response (too many)',
] as const;

const MAX_FINDINGS = 20;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function inputFrom(random: Random): Input {
  const isRequest = random.oneIn(2);
  const { stream, methods } = isRequest ? { stream: requestStream(random), methods: [] } : responseStream(random);
  const cuts = Array.from({ length: random.below(6) }, () => random.below(stream.length + 1)).sort((a, b) => a - b);
  return { kind: isRequest ? 'request' : 'response', text: stream, methods, cuts };
}

/** Takes one more input into the report. */
export function runOne(report: Report, input: Input): void {
  const { ours, difference } = compare(input);
  report.inputs++;
  if (ours.end !== 'refused' && ours.messages.length > 0) report.accepted++;
  if (ours.reason !== '') count(report.faults, `${input.kind}: ${ours.reason}`);
  if (difference === null) return;
  const allowed = explanation(input, difference);
  if (allowed !== undefined) count(report.allowed, `${input.kind}: ${allowed.name}`);
  else if (report.findings.length < MAX_FINDINGS) report.findings.push({ input, difference });
}

export function emptyReport(): Report {
  return { inputs: 0, accepted: 0, faults: new Map(), allowed: new Map(), findings: [] };
}

/** @param progress called now and then */
export function runInputs(inputs: number, seed: number, progress: (report: Report) => void = () => {}): Report {
  const report = emptyReport();
  const random = randomFrom(seed);
  while (report.inputs < inputs) {
    runOne(report, inputFrom(random));
    if (report.inputs % 100_000 === 0) progress(report);
  }
  return report;
}
