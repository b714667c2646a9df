/** A proxy that may have few files open, and clients that take them all. */
import { until } from '@rouse/contract/testing';
import { hands, hostOf } from '../hands.ts';
import { startPieces } from '../pieces.ts';
import { openDescriptors } from '../processes.ts';
import { request } from '../request.ts';
import { type Experience, startBystander } from './bystander.ts';
import { manyConnections } from './many-connections.ts';

export interface DescriptorsResult {
  /** Most descriptors the proxy had open, of `limit`. */
  readonly most: number;
  /** A client that was there before. */
  readonly known: Experience;
  /** A workload woken meanwhile: the way to its pod takes a descriptor too. */
  readonly wokenStatus: number;
  /** A new client once the others have gone. */
  readonly afterwards: number;
}

/** `connections` against a proxy with RLIMIT_NOFILE `limit`. */
export async function descriptorExhaustion(limit: number, connections: number): Promise<DescriptorsResult> {
  const pieces = await startPieces({ proxies: 1, proxyDescriptors: limit });
  const { create, known, ready } = hands(() => pieces);
  try {
    const [proxy] = await pieces.proxies();
    const { port } = proxy!;
    await create({ name: 'calm', annotations: { 'autoscaling.knative.dev/min-scale': '1' } });
    await create({ name: 'sleeps', annotations: { 'autoscaling.knative.dev/window': '6s' } });
    await ready('calm', 1);
    await known('sleeps');
    const bystander = await startBystander({ port, host: hostOf('calm'), connections: 4, perSecond: 50 });
    // Asked for before the flood, so that it has its connection; its pod starts while there is none left.
    const woken = request(port, hostOf('sleeps'), '/');
    const flood = await manyConnections({ port, count: connections });
    const most = openDescriptors(proxy!.pid);
    const wokenStatus = (await woken).status;
    const before = await bystander.stop();
    await flood.close();
    const afterwards = await until(
      async () => (await request(port, hostOf('calm'), '/').catch(() => undefined))?.status === 200 && 200,
      'a new client to be answered',
    );
    return { most, known: before, wokenStatus, afterwards };
  } finally {
    await pieces.close();
  }
}
