/** Reads control requests: fence and JSON body as values, or the problem to answer with. */
import {
  EPOCH_HEADER,
  type Fence,
  formatProblem,
  GENERATION_HEADER,
  type Guarded,
  type Problem,
} from '@rouse/contract';

/** A table of 5,000 workloads with their pods is some 10 MB. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Body of an answer that refuses a control request (RFC 9457), with the problem's own members. */
export function problemBody(problem: Problem): Readonly<Record<string, unknown>> {
  return { type: 'about:blank', title: 'Bad control request', status: 400, detail: formatProblem(problem), ...problem };
}

/** @param header value of a request field by lower-case name */
export function readFence(header: (name: string) => string | undefined): Guarded<Fence> {
  const epoch = readCounter(header, EPOCH_HEADER);
  if (!epoch.ok) return epoch;
  const generation = readCounter(header, GENERATION_HEADER);
  if (!generation.ok) return generation;
  return { ok: true, value: { epoch: epoch.value, generation: generation.value } };
}

function readCounter(header: (name: string) => string | undefined, name: string): Guarded<number> {
  const text = header(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return { ok: true, value: Number(text) };
  const allowed = 'an integer from 0 to 999999999999999';
  const fix = `Send the field ${name} with every PUT and DELETE.`;
  return { ok: false, problem: { source: 'body', key: name, value: text, allowed, fix, severity: 'error' } };
}

/** @param guard of the contract for what this body should be */
export function readBody<T>(text: string, guard: (value: unknown) => Guarded<T>): Guarded<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const allowed = 'JSON';
    const fix = `Send valid JSON (${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}).`;
    const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text;
    return { ok: false, problem: { source: 'body', key: 'body', value: shown, allowed, fix, severity: 'error' } };
  }
  return guard(value);
}
