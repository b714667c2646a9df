/** The parts of `rouse dev`, started one by one, so that a test may stand between them: small cluster, proxies, operator. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { EXIT_WITH_PARENT, systemClock } from '@rouse/daemon';
import { connect } from '@rouse/kube';
import { startLocalCluster } from '@rouse/local';
import { accepts, freePorts, serves } from './ports.ts';
import type { ProxyProcess, System } from './system.ts';

const resolve = createRequire(import.meta.url).resolve;
const token = 'e2e-control-token';

export interface Pieces extends System {
  close(): Promise<void>;
}

export interface PiecesOptions {
  readonly proxies: number;
  /** Replaces the admin URL the operator is given for a proxy, e.g. by a relay's. */
  readonly adminUrl?: (adminPort: number, index: number) => Promise<string>;
  /** RLIMIT_NOFILE of the proxies; this process's own by default. */
  readonly proxyDescriptors?: number;
}

/** Starts everything on free ports; resolves once every proxy takes requests. */
export async function startPieces(options: PiecesOptions): Promise<Pieces> {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-pieces-'));
  const logFile = join(folder, 'app.log');
  writeFileSync(logFile, '');
  const ports = await freePorts(options.proxies * 2 + 2);
  const cluster = await startLocalCluster({
    apiPort: ports.pop()!,
    paths: [folder],
    clock: systemClock,
    onPodLog: () => {},
    onProblem: (problem) => {
      throw new Error(problem.fix);
    },
    onNotice: () => {},
  });
  const operatorPort = ports.pop()!;
  const children: ChildProcess[] = [];
  const start = (main: string, args: readonly string[], descriptors?: number): ChildProcess => {
    const env = { ...process.env, ROUSE_CONTROL_TOKEN: token, [EXIT_WITH_PARENT]: '1' };
    const limit = descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}:${descriptors}`];
    const [program, ...rest] = [...limit, process.execPath, resolve(main), ...args];
    const child = spawn(program!, rest, {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    return child;
  };
  const proxies: ProxyProcess[] = [];
  const urls: string[] = [];
  for (let index = 0; index < options.proxies; index++) {
    const port = ports.pop()!;
    const adminPort = ports.pop()!;
    const args = [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--admin-port',
      String(adminPort),
      '--allow-local-pods',
    ];
    const { pid } = start('@rouse/proxy/main', [...args, '--log-level', 'warn'], options.proxyDescriptors);
    proxies.push({ address: '127.0.0.1', port, pid: pid! });
    urls.push((await options.adminUrl?.(adminPort, index)) ?? `http://127.0.0.1:${adminPort}`);
  }
  const operator = start('@rouse/operator/main', [
    ...['--server', cluster.url, '--api-port', String(operatorPort), '--adopt', 'all', '--pod-deletion-cost'],
    ...['--log-level', 'warn', ...urls.flatMap((url) => ['--proxy', url])],
  ]);
  await until(
    async () => (await Promise.all(proxies.map(({ port }) => serves(port)))).every(Boolean),
    'the proxies',
    20_000,
  );
  await until(() => accepts(operatorPort), 'the operator', 20_000);
  const kube = connect({ server: cluster.url, userAgent: 'rouse-e2e' });
  return {
    kube,
    kubectlFlags: ['--server', cluster.url],
    appLogFile: logFile,
    port: proxies[0]!.port,
    operator: { url: `http://127.0.0.1:${operatorPort}` },
    operatorPid: () => operator.pid!,
    proxies: async () => proxies,
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await kube.close();
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
