/** Writes `RESULTS.md`: the figures anew, and what people wrote about them as it was. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { asMarkdown, figureRows, targetRows } from './report.ts';
import type { Results } from './results.ts';
import { WARM_UP_S } from './rounds.ts';

const file = join(import.meta.dirname, 'RESULTS.md');
/** What follows is written by hand. */
const NOTES = '## Notes';

export function writePage(cases: readonly Case[], results: Results, missing: readonly string[]): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const notes = before.includes(NOTES) ? before.slice(before.indexOf(NOTES)) : `${NOTES}\n`;
  const days = [...new Set(Object.values(results.cases).map(({ day }) => day))].sort().join(', ');
  writeFileSync(
    file,
    `# What a request costs

Written by \`npm run bench\` (all cases) and \`npm run bench -- NAME…\` (some); the notes at the end are kept.

- Machine: ${results.machine}
- Versions: ${results.versions}
- Transport of the proxy as shipped: \`${results.transport}\`; \`rouse-data\` is \`--transport data\`, public Node API alone
- Measured: ${days}${missing.map((line) => `\n- ${line}`).join('')}

All take turns on one core with the same duties: forwarded headers, Via, X-Request-Id, keep-alive on both sides. Load,
pods, operator and the Kubernetes API share the other core. The proxy runs as shipped: default flags, metrics scraped
each 15 s, a real operator connected, 1,000 workloads in the table. Before the first round of a case each peer has its
load for ${WARM_UP_S} s. CPU time is what the kernel accounts to the process, all threads; figures are medians of rounds,
ratios are medians of what each round says by itself.

## Promises

${asMarkdown(targetRows(cases, results))}

## Figures

${asMarkdown(figureRows(cases, results))}

${notes}`,
  );
}
