/** `npm run soak -- [--minutes 30] [--seed N] [--report FILE]`: a soak, its findings, and a page with the plots. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reportPage } from './report.ts';
import { CYCLE_MS, scheduleOf } from './schedule.ts';
import { soak } from './soak.ts';
import { sparkline } from './sparkline.ts';
import { verdict } from './verdict.ts';

const LONGEST_MINUTES = 24 * 60;
const LEAST_MINUTES = 2;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    report: { type: 'string', default: 'soak-report.html' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes >= LEAST_MINUTES && minutes <= LONGEST_MINUTES) || !Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--minutes is a number from ${LEAST_MINUTES} to ${LONGEST_MINUTES}, --seed an integer from 0`);
  process.exit(2);
}

const schedule = scheduleOf(seed, Math.round((minutes * 60_000) / CYCLE_MS));
console.log(`soak of ${minutes} min, seed ${seed}: ${schedule.sends.length} requests, ${schedule.kills.length} kills`);
const run = await soak(schedule, console.log);
const findings = verdict(run);
console.log('');
for (const { kept, told } of findings) console.log(`${kept ? 'ok    ' : 'FAILED'} ${told}`);
console.log('');
for (const daemon of ['proxy', 'operator'] as const) {
  const held = run.floors.filter((floor) => floor.daemon === daemon).map(({ heldMib }) => heldMib);
  const range = `${Math.min(...held).toFixed(1)}–${Math.max(...held).toFixed(1)} MiB`;
  console.log(`${daemon.padEnd(8)} held ${sparkline(held)} ${range}`);
}
const path = resolve(values.report);
writeFileSync(path, reportPage(run, findings));
console.log(`\nplots: ${path}\nagain: npm run soak -- --minutes ${minutes} --seed ${seed}`);
process.exitCode = findings.every(({ kept }) => kept) ? 0 : 1;
