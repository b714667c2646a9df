/**
 * Writes far more lines to its standard output, or the target that its argument names, than fit into memory set aside;
 * with the argument `mixed` some, among those of a log; tells on standard error what became of them.
 */
import { openLineFile } from './line-file.ts';
import { createLog } from './log.ts';

const [, , argument = 'stdout'] = process.argv;
const isMixed = argument === 'mixed';
const LINES = isMixed ? 2_000 : 200_000;
const log = createLog('fixture', isMixed ? 'info' : 'silent');
const faults: string[] = [];
const file = openLineFile(isMixed ? 'stdout' : argument, (error) => faults.push(String(error)));
const line = `{"text":"${'x'.repeat(180)}"}\n`;
for (let turn = 0; turn < 100; turn++) {
  for (let count = 0; count < LINES / 100; count++) file.write(line);
  log.info('turn', { turn });
  await new Promise((resolve) => setImmediate(resolve));
}
process.stderr.write(`${JSON.stringify({ lines: LINES, dropped: file.dropped, rss: process.memoryUsage.rss() })}\n`);
await file.close();
process.stderr.write(`${JSON.stringify({ faults })}\n`);
process.exit(0);
