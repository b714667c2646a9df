/** Waits in tests for something real (a socket, a process) to come true; never for time to pass. */

/**
 * Resolves with the first truthy value of `condition`, asked every `everyMs` (default 5): more where asking costs others.
 * @throws when `deadlineMs` (default 10 s) passes first; the message names `what`
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what = 'the condition',
  deadlineMs = 10_000,
  everyMs = 5,
): Promise<Exclude<T, undefined | null | false>> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, undefined | null | false>;
    if (performance.now() > endMs) throw new Error(`${what} did not come true within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
