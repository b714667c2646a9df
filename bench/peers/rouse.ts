/** The proxy as shipped: default flags, its metrics scraped, and told of 1,000 workloads by a real operator. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { freePort, startBeside } from '../programs.ts';
import type { Peer, PeerName } from './peer.ts';
import { logFileOf, startPeer } from './start-peer.ts';

const resolve = createRequire(import.meta.url).resolve;
const env = { ...process.env, ROUSE_CONTROL_TOKEN: 'bench' };
/** Prometheus' usual interval is a minute, that of many installations this. */
const SCRAPE_MS = 15_000;

/**
 * Starts the operator and one proxy for each name; resolves once they take requests.
 * @param apiUrl the Kubernetes API with the workloads
 * @param nodeFlags for the proxies' Node, such as `--cpu-prof`
 */
export async function startRouse(
  apiUrl: string,
  names: readonly PeerName[],
  nodeFlags: readonly string[] = [],
): Promise<Peer[]> {
  const adminPorts = await Promise.all(names.map(freePort));
  const proxies = names.flatMap((_, index) => ['--proxy', `http://127.0.0.1:${adminPorts[index]}`]);
  const apiPort = String(await freePort());
  const operator = ['--server', apiUrl, '--api-port', apiPort, '--adopt', 'explicit', '--log-level', 'error'];
  startBeside(process.execPath, [resolve('@rouse/operator/main'), ...operator, ...proxies], env);
  return Promise.all(
    names.map((name, index) => {
      const adminPort = adminPorts[index]!;
      setInterval(() => void scrape(adminPort), SCRAPE_MS).unref();
      const flags = ['--host', '127.0.0.1', '--admin-port', String(adminPort), '--allow-local-pods'];
      if (name === 'rouse-data') flags.push('--transport', 'data');
      const main = resolve('@rouse/proxy/main');
      return startPeer(name, (port) => [process.execPath, [...nodeFlags, main, '--port', String(port), ...flags], env]);
    }),
  );
}

/** The transport in use, as the proxy said in its log. */
export function transportOf(name: PeerName): string {
  return /"transport":"(\w+)"/.exec(readFileSync(logFileOf(name), 'utf8'))?.[1] ?? 'unknown';
}

async function scrape(adminPort: number): Promise<void> {
  try {
    await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).arrayBuffer();
  } catch {
    // It is being restarted.
  }
}
