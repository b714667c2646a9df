/** Which of several moments comes next, for one who looks at them all at once and comes back at that time. */

/**
 * The earliest of `moments` after `lookedMs`; null when there is none. `lookedMs` is the time the look stands for, not
 * the time it ended: a moment that fell between the two was not acted on, and by the clock alone it would be lost.
 */
export function nextMoment(lookedMs: number, moments: readonly number[]): number | null {
  let next: number | null = null;
  for (const moment of moments) if (moment > lookedMs && (next === null || moment < next)) next = moment;
  return next;
}
