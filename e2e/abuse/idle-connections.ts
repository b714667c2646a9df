/** Connections that are opened and say nothing: what each costs, and whether others notice. */
import { hands } from '../hands.ts';
import { startRouseDev } from '../rouse-dev.ts';
import { memoryMib } from '../scenarios/holding.ts';
import { type Experience, startBystander } from './bystander.ts';
import { manyConnections } from './many-connections.ts';

export interface IdleConnectionsResult {
  /** Of those tried; past nine tenths of RLIMIT_NOFILE the proxy turns them away. */
  readonly open: number;
  readonly bytesEach: number;
  readonly quiet: Experience;
  readonly during: Experience;
}

export async function idleConnections(count: number, seconds: number): Promise<IdleConnectionsResult> {
  const dev = await startRouseDev([{ name: 'calm', annotations: { 'autoscaling.knative.dev/min-scale': '1' } }]);
  const host = 'calm.default.example.com';
  const bystander = () => startBystander({ port: dev.port, host, connections: 8, perSecond: 100 });
  const pass = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { ready } = hands(() => dev);
  try {
    await ready('calm', 1);
    const before = await bystander();
    await pass();
    const quiet = await before.stop();
    const [proxy] = await dev.proxies();
    const rssMib = memoryMib(proxy!.pid).rss;
    // Clients that were there before: once all descriptors are taken, new ones are turned away.
    const beside = await bystander();
    const connections = await manyConnections({ port: dev.port, count, perSecond: 2_000 });
    await pass();
    const during = await beside.stop();
    const open = await connections.open();
    const bytesEach = ((memoryMib(proxy!.pid).rss - rssMib) * 2 ** 20) / open;
    await connections.close();
    return { open, bytesEach, quiet, during };
  } finally {
    await dev.stop();
  }
}
