/** A flood of requests for one sleeping workload that never gets up: what others notice, and who is turned away. */
import { hands } from '../hands.ts';
import { startRouseDev } from '../rouse-dev.ts';
import { type Experience, startBystander } from './bystander.ts';
import { manyConnections } from './many-connections.ts';

export interface QueueFloodResult {
  /** Held when the flood was over; no more than the workload's queue-limit. */
  readonly held: number;
  readonly quiet: Experience;
  /** From the first request of the flood until all of it waits or was turned away, and some seconds more. */
  readonly during: Experience;
}

/** `count` requests, 1,000 a second, on a workload with `queue-limit`, beside a steady client of another one. */
export async function queueFlood(count: number, queueLimit: number, seconds: number): Promise<QueueFloodResult> {
  const flooded = {
    name: 'flooded',
    annotations: { 'rouse.dev/queue-limit': String(queueLimit), 'autoscaling.knative.dev/max-scale': '1' },
    env: { NEVER_LISTEN: '1' },
  };
  const dev = await startRouseDev([
    flooded,
    { name: 'calm', annotations: { 'autoscaling.knative.dev/min-scale': '1' } },
  ]);
  const bystander = () =>
    startBystander({ port: dev.port, host: 'calm.default.example.com', connections: 8, perSecond: 100 });
  const pass = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { ready, workload } = hands(() => dev);
  try {
    await ready('calm', 1);
    const before = await bystander();
    await pass();
    const quiet = await before.stop();
    const beside = await bystander();
    const text = 'GET / HTTP/1.1\r\nHost: flooded.default.example.com\r\n\r\n';
    const flood = await manyConnections({ port: dev.port, count, perSecond: 1_000, text });
    await pass();
    const during = await beside.stop();
    const { held } = await workload('flooded');
    await flood.close();
    return { held, quiet, during };
  } finally {
    await dev.stop();
  }
}
