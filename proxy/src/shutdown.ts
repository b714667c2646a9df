/** The orderly end of the data port: tell clients to go elsewhere, stop listening, let requests finish, count what is cut. */
import type { Clock } from '@rouse/contract';
import type { Log } from '@rouse/daemon';

/** How often what is left is looked at. */
const LOOK_MS = 20;

/** What a shutdown asks of the data port. */
export interface Drainable {
  /** From now on every answer says that its connection closes, and it does; idle connections stay open. */
  announceClose(): void;
  /** No new connection; idle ones are closed. */
  stopListening(): void;
  /** Client connections open now. */
  readonly connections: number;
  /** Ends what is left: held requests are refused, the rest is closed. @returns requests that were not finished */
  cut(): number;
}

export interface DrainOptions {
  readonly port: Drainable;
  readonly clock: Clock;
  readonly log: Log;
  /** How long requests are still taken, while load balancers notice that readiness fails. */
  readonly delayMs: number;
  /** How long what was taken may then run. */
  readonly timeoutMs: number;
}

/** @returns requests that were cut */
export async function drain(options: DrainOptions): Promise<number> {
  const { port, clock, log, delayMs, timeoutMs } = options;
  port.announceClose();
  if (delayMs > 0) await after(clock, delayMs);
  port.stopListening();
  const untilMs = clock.nowMs() + timeoutMs;
  while (port.connections > 0 && clock.nowMs() < untilMs) await after(clock, LOOK_MS);
  if (port.connections === 0) return 0;
  const cut = port.cut();
  log.warn('shutdown timeout ended before all requests did', { cut, timeoutMs });
  return cut;
}

function after(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
