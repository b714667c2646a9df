/** Requests whose body is known to be larger than `rouse.dev/max-body`. */
import type { Exchange } from './exchange.ts';
import type { Workload } from './workload.ts';

/** By what is known of it when it arrives; the engine counts what still comes. */
export function isTooLarge(exchange: Exchange, { limits }: Workload): boolean {
  const maxBytes = limits.maxBodyBytes ?? 0;
  return maxBytes > 0 && exchange.bodyBytes > maxBytes;
}

/** It neither wakes nor counts: nothing of it will reach a pod. */
export function refuseTooLarge(exchange: Exchange): void {
  exchange.quiet = true;
  exchange.refuse('body-too-large');
}
