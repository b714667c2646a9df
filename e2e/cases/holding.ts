/** What holding costs, with small numbers. */
import { expect, test } from 'vitest';
import { heldGets, heldUploads, largeBodies } from '../scenarios/holding.ts';
import type { System } from '../system.ts';

const MIB = 2 ** 20;

/** @param system whose proxies nobody else uses meanwhile: memory is measured */
export function holdingCases(system: () => System): void {
  test('a large body waits at its sender while the workload sleeps, and arrives byte-identical, both ways', async () => {
    const { uploadSame, downloadSame, sentWhileAsleep, proxyPeakMib, filesOpen } = await largeBodies(
      system(),
      128 * MIB,
    );
    expect([uploadSame, downloadSame]).toEqual([true, true]);
    // What the kernel's buffers of both ends take, and not more.
    expect(sentWhileAsleep).toBeGreaterThan(0);
    expect(sentWhileAsleep).toBeLessThan(16 * MIB);
    expect(filesOpen).toEqual([]);
    expect(proxyPeakMib).toBeLessThan(150);
  });

  test('held GETs cost little each, and each gets the answer with its own id', async () => {
    const { answered, heldMib, idleMib } = await heldGets(system(), 1_000);
    expect(answered).toBe(1_000);
    expect(heldMib - idleMib).toBeLessThan(50);
  });

  test('held uploads stay in the kernel, and each gets the answer with its own id', async () => {
    const { answered, heldMib, idleMib } = await heldUploads(system(), 100);
    expect(answered).toBe(100);
    expect(heldMib - idleMib).toBeLessThan(50);
  });
}
