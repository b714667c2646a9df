/** Connections that are opened and say nothing: what each costs, and whether others notice. */
import { hands } from '../hands.ts';
import { memoryMib } from '../processes.ts';
import { startRouseDev } from '../rouse-dev.ts';
import { type Experience, startBystander } from './bystander.ts';
import { manyConnections } from './many-connections.ts';

export interface IdleConnectionsResult {
  /** Of those tried; past nine tenths of RLIMIT_NOFILE a proxy turns them away. */
  readonly open: number;
  readonly bytesEach: number;
  readonly quiet: Experience;
  readonly during: Experience;
}

/** `count` in all, shared out evenly over two proxies: on many machines one process may not have so many. */
export async function idleConnections(count: number, seconds: number): Promise<IdleConnectionsResult> {
  const calm = { name: 'calm', annotations: { 'autoscaling.knative.dev/min-scale': '1' } };
  const dev = await startRouseDev([calm], ['--proxies', '2']);
  const host = 'calm.default.example.com';
  const bystander = () => startBystander({ port: dev.port, host, connections: 8, perSecond: 100 });
  const pass = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { ready } = hands(() => dev);
  try {
    await ready('calm', 1);
    const before = await bystander();
    await pass();
    const quiet = await before.stop();
    const proxies = await dev.proxies();
    const rssMib = () => proxies.reduce((sum, { pid }) => sum + memoryMib(pid).rss, 0);
    const idleMib = rssMib();
    // Clients that were there before: once all descriptors are taken, new ones are turned away.
    const beside = await bystander();
    const each = { count: count / proxies.length, perSecond: 1_000 };
    const connections = await Promise.all(proxies.map(({ port }) => manyConnections({ port, ...each })));
    await pass();
    const during = await beside.stop();
    const open = (await Promise.all(connections.map((some) => some.open()))).reduce((sum, some) => sum + some, 0);
    const bytesEach = ((rssMib() - idleMib) * 2 ** 20) / open;
    await Promise.all(connections.map((some) => some.close()));
    return { open, bytesEach, quiet, during };
  } finally {
    await dev.stop();
  }
}
