/** `npm run bench`: CPU per proxied request against HAProxy, taking turns on the same core; medians of per-round ratios. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { host, type Peer, startBackend, startHaproxy, startRouse } from './peers.ts';
import { cpuSeconds, findProgram, stopAll } from './processes.ts';

const proxyCore = 0;
const otherCore = 1;
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const connectionCounts = [1, 32, 256] as const;

interface Sample {
  readonly microsecondsPerRequest: number;
  readonly requestsPerSecond: number;
}

function measure(peer: Peer, connections: number): Sample {
  const before = cpuSeconds(peer.pid);
  const args = ['-c', String(otherCore), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '-H', `Host: ${host}`];
  const output = execFileSync('taskset', [...args, `http://127.0.0.1:${peer.port}/`], { encoding: 'utf8' });
  const spent = cpuSeconds(peer.pid) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`${peer.name} failed requests:\n${output}`);
  return { microsecondsPerRequest: (spent / requests) * 1e6, requestsPerSecond: requests / seconds };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function main(): Promise<void> {
  const missing = ['haproxy', 'nginx', 'wrk', 'taskset'].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) {
    console.error(`missing: ${missing.join(', ')} (Debian: apt-get install haproxy nginx wrk util-linux)`);
    process.exitCode = 1;
    return;
  }
  if (cpus().length < 2) {
    console.error('needs two cores: one for the proxy measured, one for load and backend');
    process.exitCode = 1;
    return;
  }
  const backendPort = await startBackend(otherCore);
  const haproxy = await startHaproxy(proxyCore, backendPort);
  const rouse = await startRouse(proxyCore, backendPort, process.argv.slice(2));
  console.log(`${cpus()[0]!.model} · node ${process.version} · ${rounds} rounds of ${seconds} s, alternating`);
  console.log('case                rouse µs  haproxy µs  ratio (min–max)     rouse rps  haproxy rps');
  for (const connections of connectionCounts) {
    measure(rouse, connections);
    measure(haproxy, connections);
    const pairs: { ours: Sample; theirs: Sample }[] = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes, so that a drift of the machine favours nobody.
      if (round % 2 === 0) pairs.push({ ours: measure(rouse, connections), theirs: measure(haproxy, connections) });
      else {
        const theirs = measure(haproxy, connections);
        pairs.push({ ours: measure(rouse, connections), theirs });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ratios = pairs.map(({ ours, theirs }) => ours.microsecondsPerRequest / theirs.microsecondsPerRequest);
    const line = [
      `GET, ${connections} connections`.padEnd(20),
      median(pairs.map(({ ours }) => ours.microsecondsPerRequest))
        .toFixed(1)
        .padEnd(10),
      median(pairs.map(({ theirs }) => theirs.microsecondsPerRequest))
        .toFixed(1)
        .padEnd(12),
      `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`.padEnd(20),
      Math.round(median(pairs.map(({ ours }) => ours.requestsPerSecond)))
        .toString()
        .padEnd(11),
      Math.round(median(pairs.map(({ theirs }) => theirs.requestsPerSecond))),
    ];
    console.log(line.join(''));
  }
}

try {
  await main();
} finally {
  stopAll();
  process.exit(process.exitCode ?? 0);
}
