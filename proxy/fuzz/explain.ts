/** What a difference is explained by: the parts of the message in which two readings part. */
import type { Allowed, Difference } from './difference.ts';

type Covers = Allowed['covers'];

/** Start line and field lines, without the empty line in front and the one behind. */
export function headOf({ raw }: Difference): string {
  const start = raw.startsWith('\r\n') ? 2 : 0;
  const end = raw.indexOf('\r\n\r\n', start);
  return raw.slice(start, end < 0 ? raw.length : end + 2);
}

/** All behind the field lines, further messages included. */
export function bodyOf(difference: Difference): string {
  return difference.raw.slice(headOf(difference).length);
}

export function fieldsOf(difference: Difference): number {
  return headOf(difference).split('\r\n').length - 2;
}

/** We refuse it for such a reason (see `Reading.reason`), and Node does not. */
export function weRefuse(reason: RegExp, more: (difference: Difference) => boolean): Covers {
  return (difference) => difference.kind === 'only-node' && reason.test(difference.ours) && more(difference);
}

/** Node refuses it for such a reason, and we do not. */
export function nodeRefuses(reason: RegExp, more: (difference: Difference) => boolean): Covers {
  return (difference) => difference.kind === 'only-ours' && reason.test(difference.node) && more(difference);
}

export const inHead = (pattern: RegExp) => (difference: Difference) => pattern.test(headOf(difference));
export const inBody = (pattern: RegExp) => (difference: Difference) => pattern.test(bodyOf(difference));

/** Any of these covers it. */
export function anyOf(...covers: readonly Covers[]): Covers {
  return (difference) => covers.some((one) => one(difference));
}
