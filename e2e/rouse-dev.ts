/** Runs `rouse dev` as a user does, on ports of its own, and talks to it from the outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { stringify } from 'yaml';
import { type AppSpec, deployment } from './app/app-deployment.ts';
import { accepts, freePorts, serves } from './ports.ts';
import { commandLine, descendants, isRunning, listensOn } from './processes.ts';
import type { System } from './system.ts';

/** The executable of the `rouse` command. */
export const rouseCommand = join(dirname(createRequire(import.meta.url).resolve('rouse')), '../bin/rouse.js');

export interface RouseDev extends System {
  readonly apiPort: number;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Everything printed so far, stdout and stderr. */
  readonly lines: readonly string[];
  writeManifest(file: string, ...apps: AppSpec[]): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** How `rouse dev` is started where the usual is not what a test needs. */
export interface RouseDevOptions {
  /** Manifests to run in place of the fresh folder. */
  readonly paths?: readonly string[];
  /** Further files of the fresh folder: name → content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Taken in place of free ones: proxy, admin, operator, API. */
  readonly ports?: readonly number[];
  /** Further environment of `rouse dev`, which its daemons get too: `ROUSE_<FLAG>` for their flags. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `rouse dev` on a fresh folder with these apps; resolves once its first proxy accepts requests. */
export async function startRouseDev(
  apps: readonly AppSpec[],
  flags: readonly string[] = [],
  options: RouseDevOptions = {},
): Promise<RouseDev> {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-e2e-'));
  const logFile = join(folder, 'app.log');
  writeFileSync(logFile, '');
  const writeManifest = (file: string, ...specs: AppSpec[]) =>
    writeFileSync(join(folder, file), specs.map((spec) => stringify(deployment(spec, logFile))).join('---\n'));
  writeManifest('apps.yaml', ...apps);
  for (const [file, content] of Object.entries(options.files ?? {})) writeFileSync(join(folder, file), content);

  const [port, adminPort, operatorPort, apiPort] = options.ports ?? (await freePorts(4));
  const ports = ['--port', port, '--admin-port', adminPort, '--operator-port', operatorPort, '--api-port', apiPort];
  const child = spawn(
    process.execPath,
    [rouseCommand, 'dev', ...(options.paths ?? [folder]), ...ports.map(String), ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const pieces = (rest + chunk.toString()).split('\n');
      rest = pieces.pop() ?? '';
      lines.push(...pieces);
      // For whoever looks for the cause of a failure.
      if (process.env.ROUSE_E2E_SHOW) process.stderr.write(pieces.map((line) => `${line}\n`).join(''));
    });
  }
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });

  const server = `http://127.0.0.1:${apiPort}`;
  const kube = connect({ server, userAgent: 'rouse-e2e' });
  const pidsOf = (title: string): number[] => descendants(child.pid!).filter((pid) => commandLine(pid).includes(title));
  /** Once the greeting has told them. */
  async function proxyPorts(): Promise<number[]> {
    const told = await until(() => lines.find((line) => line.startsWith('proxies ')), 'the ports of the proxies');
    return [...told.matchAll(/localhost:(\d+)/g)].map(([, digits]) => Number(digits));
  }
  const dev: RouseDev = {
    kube,
    kubectlFlags: ['--server', server],
    appLogFile: logFile,
    port: port!,
    operator: { url: `http://127.0.0.1:${operatorPort}` },
    operatorPid() {
      const [operator] = pidsOf('rouse-operator');
      if (operator === undefined) throw new Error('no operator runs');
      return operator;
    },
    async proxies() {
      const all = flags.includes('--proxies') ? await proxyPorts() : [port!];
      const ownerOf = (at: number): Promise<number> =>
        until(() => pidsOf('rouse-proxy').find((pid) => listensOn(pid, at)), `a proxy at port ${at}`);
      return Promise.all(all.map(async (at) => ({ address: '127.0.0.1', port: at, pid: await ownerOf(at) })));
    },
    apiPort: apiPort!,
    folder,
    process: child,
    lines,
    writeManifest,
    stop: async (signal = 'SIGTERM') => {
      const left = descendants(child.pid!);
      await kube.close();
      if (!ended) {
        child.kill(signal);
        await until(() => ended, `rouse dev to end after ${signal}`, 60_000);
      }
      // None may outlive it, however it ended.
      await until(() => left.every((pid) => !isRunning(pid)), 'every process of rouse dev to be gone');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await until(
    async () => {
      if (ended) throw new Error(`rouse dev ended:\n${lines.join('\n')}`);
      return (await serves(port!)) && (await accepts(operatorPort!));
    },
    'rouse dev to accept requests',
    30_000,
  ).catch(async (error: Error) => {
    await dev.stop('SIGKILL');
    throw new Error(`${error.message}; it printed:\n${lines.slice(0, 30).join('\n')}`);
  });
  return dev;
}
