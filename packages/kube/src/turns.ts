/** Lets only so many at a time go on; the others wait in order. */

export interface Turns {
  /** Resolves when there is room; call the returned function when done. */
  take(): Promise<() => void>;
}

/** @param atOnce >= 1 */
export function turns(atOnce: number): Turns {
  let taken = 0;
  const waiting: (() => void)[] = [];

  function give(): () => void {
    taken++;
    let given = true;
    return () => {
      if (!given) return;
      given = false;
      taken--;
      waiting.shift()?.();
    };
  }

  return {
    take: () =>
      taken < atOnce
        ? Promise.resolve(give())
        : new Promise((resolve) => {
            waiting.push(() => resolve(give()));
          }),
  };
}
