/** How many file descriptors this process may have open. */
import { readFileSync } from 'node:fs';

/** The soft RLIMIT_NOFILE; Infinity where the system does not tell (only Linux shows it as a file). */
export function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    const value = Number(line?.[1]);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
