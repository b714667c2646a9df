import { expect, test } from 'vitest';
import { reportPage } from './report.ts';
import { sampleOutcome, sampleRun } from './sample-run.ts';
import { sparkline } from './sparkline.ts';

test('the page tells every finding and every kill, and needs nothing from elsewhere', () => {
  const run = sampleRun({ outcomes: [sampleOutcome(), sampleOutcome({ startedAtMs: 599_000 })] });
  const page = reportPage(run, [
    { kept: true, told: 'fine' },
    { kept: false, told: '"<b>" & more' },
  ]);
  expect(page).toContain('<h1>Soak of 10 minutes, seed 1</h1>');
  expect(page).toContain('<li class="kept">fine</li><li class="broken">"&lt;b>" &amp; more</li>');
  expect(page.match(/<svg /g)).toHaveLength(5);
  expect(page.match(/<title>kill -9 of a pod of web<\/title>/g)).toHaveLength(5);
  expect(page).not.toMatch(/NaN|undefined|Infinity|https?:|src=/);
});

test('a line for the terminal goes from the least to the most, and a level one stays low', () => {
  expect(sparkline([1, 2, 8, 4.5])).toBe('▁▂█▅');
  expect(sparkline([3, 3])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});
