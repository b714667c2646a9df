/** kill -9 of each part under load on `rouse dev`. */
import { expect, test } from 'vitest';
import { killCases } from './cases/kills.ts';
import { devSuite } from './dev-suite.ts';
import { killSupervisor } from './scenarios/kills.ts';

killCases(devSuite({ flags: ['--proxies', '2'] }));

// A cluster has none: what ends with the suite there is `cluster/orphans.test.ts`.
test('kill -9 of rouse dev leaves no process', async () => {
  const { processes, goneAfterMs } = await killSupervisor();
  // Two daemons and three pods at least.
  expect(processes).toBeGreaterThanOrEqual(5);
  expect(goneAfterMs).toBeLessThan(5_000);
});
