/** Writes far more lines to its standard output than fit into memory set aside; tells on standard error what became of them. */
import { openLineFile } from './line-file.ts';

const LINES = 200_000;
const faults: string[] = [];
const file = openLineFile('stdout', (error) => faults.push(String(error)));
const line = `{"text":"${'x'.repeat(180)}"}\n`;
for (let turn = 0; turn < 100; turn++) {
  for (let count = 0; count < LINES / 100; count++) file.write(line);
  await new Promise((resolve) => setImmediate(resolve));
}
process.stderr.write(`${JSON.stringify({ lines: LINES, dropped: file.dropped, rss: process.memoryUsage.rss() })}\n`);
await file.close();
process.stderr.write(`${JSON.stringify({ faults })}\n`);
process.exit(0);
