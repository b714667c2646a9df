/** Latency that a proxy adds at 1,000 requests a second, over the same requests sent to the pod itself in between. */
import { join } from 'node:path';
import type { Case } from '../case.ts';
import { writeFile } from '../folder.ts';
import { requestText } from '../load/request-text.ts';
import { PLAIN_HOST } from '../peers/peer.ts';
import { output } from '../programs.ts';
import { percentile } from '../statistics.ts';

const RATE = 1_000;

export const latencyCase: Case = {
  name: 'latency',
  metrics: [
    { key: 'p50', title: 'latency added at 1,000 rps, p50', unit: 'ms' },
    { key: 'p99', title: 'latency added at 1,000 rps, p99', unit: 'ms' },
  ],
  targets: [{ metric: 'p99', peer: 'rouse', against: null, atMost: 1 }],
  async measure(peer, { plain }, seconds) {
    const file = writeFile('request', requestText({ host: PLAIN_HOST }));
    const program = join(import.meta.dirname, '../load/open-loop.ts');
    const numbers = [plain.port, peer.port].map(String);
    const args = [program, plain.address, ...numbers, file, String(RATE), String(seconds)];
    const { direct, proxied } = JSON.parse(await output(process.execPath, args)) as Record<string, number[]>;
    const added = (percent: number) => percentile(proxied!, percent) - percentile(direct!, percent);
    return { p50: added(50), p99: added(99) };
  },
};
