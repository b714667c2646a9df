/** Every case once, for a fraction of a second, so that none of them rots. The figures mean nothing. */
import { cpus } from 'node:os';
import { expect, test } from 'vitest';
import { cases } from './cases.ts';
import { findProgram } from './programs.ts';
import { startAll } from './start-all.ts';

const canPin = cpus().length > 1 && findProgram('taskset') !== undefined;

test.skipIf(!canPin)('every case measures the proxy and a peer', { timeout: 60_000 }, async () => {
  const bench = await startAll(['rouse', 'node'], 3);
  try {
    for (const one of cases) {
      for (const peer of bench.peers) {
        const { perSecond = 1, ...values } = await one.measure(peer, bench.pods, 0.05);
        expect(Object.keys(values)).toEqual(one.metrics.map(({ key }) => key));
        expect(Object.values(values).every(Number.isFinite), JSON.stringify([one.name, peer.name, values])).toBe(true);
        expect(perSecond).toBeGreaterThan(0);
      }
    }
  } finally {
    await bench.close();
  }
});
