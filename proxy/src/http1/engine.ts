/** What all connections of one proxy share: clock, wheel, transport, limits, counters, the proxy's own id. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@rouse/contract';
import { TimerWheel } from '../timer-wheel.ts';
import { defaultHttp1Limits, type Http1Limits } from './limits.ts';
import { emptyHttp1Stats, type Http1Stats } from './stats.ts';
import type { Transport } from './transport.ts';

export interface Http1Engine {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly transport: Transport;
  readonly limits: Http1Limits;
  readonly stats: Http1Stats;
  /** `rouse-<id>`: this proxy's name in `Via`, by which it knows its own requests coming back. */
  readonly viaName: string;
}

export interface Http1EngineOptions {
  readonly clock: Clock;
  /** From `chooseTransport()`. */
  readonly transport: Transport;
  readonly limits?: Partial<Http1Limits>;
  /** Made up when absent. */
  readonly id?: string;
}

export function createHttp1Engine(options: Http1EngineOptions): Http1Engine {
  return {
    clock: options.clock,
    wheel: new TimerWheel(options.clock),
    transport: options.transport,
    limits: { ...defaultHttp1Limits, ...options.limits },
    stats: emptyHttp1Stats(),
    viaName: `rouse-${options.id ?? randomBytes(6).toString('hex')}`,
  };
}
