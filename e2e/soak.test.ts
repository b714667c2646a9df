/** A short soak: everything at once for two minutes, with a seed that can be set (SOAK_SEED). */
import { expect, test } from 'vitest';
import { scheduleOf } from './soak/schedule.ts';
import { soak } from './soak/soak.ts';
import { verdict } from './soak/verdict.ts';

const SEED = Number(process.env.SOAK_SEED ?? 20_260_101);
const CYCLES = 3;

test(`mixed traffic, sleeps, wakes and kills: nothing fails that no kill explains, and nothing is left behind (seed ${SEED})`, async () => {
  const findings = verdict(await soak(scheduleOf(SEED, CYCLES), () => {}));
  expect(findings.filter(({ kept }) => !kept).map(({ told }) => told)).toEqual([]);
}, 300_000);
