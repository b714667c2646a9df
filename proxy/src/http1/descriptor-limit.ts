/** How many file descriptors this process may have open, and how many of them clients may take. */
import { readdirSync, readFileSync } from 'node:fs';

/** The rest is for pods, the admin port and files. */
const CLIENTS_SHARE = 0.9;
/** Of few descriptors a tenth is not enough: those turned away, the operator's connections and probes take so many. */
const LEAST_RESERVE = 64;

/** The part of `limit` up to which client connections are accepted. */
export function clientsShare(limit: number): number {
  return Math.max(1, Math.floor(limit * CLIENTS_SHARE));
}

/** Most client connections there can be at once. @param asked `--max-connections`; null where it was not set */
export function mostClients(asked: number | null): number {
  return Math.min(clientsShare(asked ?? Number.POSITIVE_INFINITY), trafficDescriptors());
}

/** Most descriptors that connections of clients and to pods may take, beside those that are open now. */
export function trafficDescriptors(): number {
  const free = descriptorLimit() - descriptorsInUse();
  return Math.max(1, Math.min(clientsShare(free), free - LEAST_RESERVE));
}

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

/** How many this process has open now; 0 where the system does not tell. */
function descriptorsInUse(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
