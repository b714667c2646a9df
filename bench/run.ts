/** `npm run bench`, `npm run bench -- NAME…`: what a request costs in the proxy and its peers, taking turns on one core. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { removeFolder } from './folder.ts';
import { describeMachine, describeVersions } from './machine.ts';
import type { PeerName } from './peers/peer.ts';
import { transportOf } from './peers/rouse.ts';
import { findProgram, stopAll } from './programs.ts';
import { asText, figureRows, PEERS, targetRows } from './report.ts';
import { readResults, writeResults } from './results.ts';
import { runRounds } from './rounds.ts';
import { missingPrograms, startAll } from './start-all.ts';
import { writePage } from './write-page.ts';

const WORKLOADS = 1_000;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    // A look at some of them; nothing is written then.
    peers: { type: 'string' },
    // For Node of the proxy, such as `--cpu-prof`.
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

/** Why nothing can be measured, or undefined. */
function obstacle(): string | undefined {
  const unknown = positionals.filter((name) => !cases.some((one) => one.name === name));
  const strange = flags.peers?.split(',').filter((name) => !PEERS.includes(name as PeerName)) ?? [];
  if (unknown.length > 0) return `no case ${unknown.join(', ')}; there are ${cases.map(({ name }) => name).join(', ')}`;
  if (strange.length > 0) return `no peer ${strange.join(', ')}; there are ${PEERS.join(', ')}`;
  if (!(Number(flags.rounds) >= 1)) return `--rounds ${flags.rounds}: takes a number from 1 on`;
  if (!(Number(flags.seconds) > 0)) return `--seconds ${flags.seconds}: takes a number above 0`;
  if (process.platform !== 'linux') return 'needs Linux, whose kernel accounts CPU time to processes';
  if (cpus().length < 2) return 'needs two cores: one for what is measured, one for load and pods';
  if (findProgram('taskset') === undefined) return 'missing: taskset (util-linux)';
  return undefined;
}

/** Pods end with this process. */
function leave(): never {
  removeFolder();
  process.exit(1);
}

async function main(): Promise<void> {
  const missing = missingPrograms();
  for (const line of missing) console.log(line);
  const names = (flags.peers?.split(',') as PeerName[] | undefined) ?? PEERS;
  const wanted = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const rounds = Number(flags.rounds);
  const seconds = Number(flags.seconds);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().then(leave));
  const bench = await startAll(names, WORKLOADS, flags['node-flag']);
  try {
    const transport = names.includes('rouse') ? transportOf('rouse') : 'none';
    const results = readResults(describeMachine(), describeVersions(), transport);
    const measured = { ...results, cases: {} as typeof results.cases };
    console.log(`${results.machine}\n${results.versions}\ntransport ${transport}, ${rounds} rounds of ${seconds} s`);
    for (const one of wanted) {
      process.stderr.write(`${one.name} `);
      const result = await runRounds(bench, one, rounds, seconds, () => process.stderr.write('.'));
      process.stderr.write('\n');
      measured.cases[one.name] = { day: new Date().toISOString().slice(0, 10), seconds, rounds: result };
      if (flags.peers !== undefined) continue;
      results.cases[one.name] = measured.cases[one.name]!;
      writeResults(results);
      writePage(cases, results, missing);
    }
    console.log(`\n${asText(figureRows(wanted, measured))}\n\n${asText(targetRows(wanted, measured))}`);
  } finally {
    await bench.close();
  }
}

const why = obstacle();
if (why === undefined) await main();
else {
  console.error(why);
  process.exitCode = 1;
}
process.exit();
