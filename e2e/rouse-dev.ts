/** Runs `rouse dev` as a user does, on ports of its own, and talks to it from the outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { stringify } from 'yaml';
import { accepts, freePorts, serves } from './ports.ts';
import { commandLine, descendants, isRunning, type Run, run } from './processes.ts';
import { type Answer, type RequestOptions, request } from './request.ts';

/** The executable of the `rouse` command. */
export const rouseCommand = join(dirname(createRequire(import.meta.url).resolve('rouse')), '../bin/rouse.js');
const app = join(import.meta.dirname, 'app/app.ts');

export interface AppSpec {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** More keys of the container, or `{}`. */
  readonly container?: Readonly<Record<string, unknown>>;
}

/** A line of the app's own log. */
export interface AppEvent {
  readonly atMs: number;
  readonly pod: string;
  readonly pid: number;
  readonly event: 'start' | 'listening' | 'request' | 'sigterm';
  readonly detail: string;
  /** Requests the pod was answering, this one included. */
  readonly atOnce: number;
}

export interface RouseDev {
  readonly port: number;
  readonly adminPort: number;
  readonly operatorPort: number;
  readonly apiPort: number;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Everything printed so far, stdout and stderr. */
  readonly lines: readonly string[];
  /** Sends one request on a connection of its own. */
  request(name: string, path?: string, options?: RequestOptions): Promise<Answer>;
  workloads(): Promise<WorkloadStatus[]>;
  workload(name: string): Promise<WorkloadStatus>;
  /** GETs an object of the small Kubernetes API. */
  kube<T>(path: string): Promise<T>;
  appLog(): AppEvent[];
  /** Process ids of the children whose command line contains `title`. */
  pidsOf(title: string): number[];
  /** Ports of all proxies, once the greeting has told them. */
  proxyPorts(): Promise<number[]>;
  /** Runs one `rouse` command against this operator, as a child process. */
  rouse(...args: string[]): Promise<Run>;
  writeManifest(file: string, ...apps: AppSpec[]): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A Deployment of the app under test. */
export function deployment(spec: AppSpec, logFile: string): object {
  const env = { APP_LOG: logFile, ...spec.env };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: spec.name, annotations: { 'rouse.dev/enabled': 'true', ...spec.annotations } },
    spec: {
      replicas: spec.replicas ?? 0,
      selector: { matchLabels: { app: spec.name } },
      template: {
        metadata: { labels: { app: spec.name } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'app:latest',
              command: [process.execPath, app],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                ...Object.entries(env).map(([name, value]) => ({ name, value })),
              ],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              ...spec.container,
            },
          ],
        },
      },
    },
  };
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

/** What the apps wrote into their common log; a line still being written is left for the next look. */
export function readAppLog(file: string): AppEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AppEvent);
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

  async function getJson<T>(url: string): Promise<T> {
    return (await (await fetch(url)).json()) as T;
  }
  const dev: RouseDev = {
    port: port!,
    adminPort: adminPort!,
    operatorPort: operatorPort!,
    apiPort: apiPort!,
    folder,
    process: child,
    lines,
    request: (name, path = '/', options = {}) =>
      request(port!, options.host ?? `${name}.default.example.com`, path, options),
    workloads: async () =>
      (await getJson<{ workloads: WorkloadStatus[] }>(`http://127.0.0.1:${operatorPort}/api/workloads`)).workloads,
    workload: (name) => getJson(`http://127.0.0.1:${operatorPort}/api/workloads/default/${name}`),
    kube: (path) => getJson(`http://127.0.0.1:${apiPort}${path}`),
    appLog: () => readAppLog(logFile),
    pidsOf: (title) => descendants(child.pid!).filter((pid) => commandLine(pid).includes(title)),
    proxyPorts: async () => {
      const told = await until(() => lines.find((line) => line.startsWith('proxies ')), 'the ports of the proxies');
      return [...told.matchAll(/localhost:(\d+)/g)].map(([, digits]) => Number(digits));
    },
    rouse: (...args) =>
      run(process.execPath, [rouseCommand, ...args], { ROUSE_OPERATOR: `http://127.0.0.1:${operatorPort}` }),
    writeManifest,
    stop: async (signal = 'SIGTERM') => {
      const left = descendants(child.pid!);
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
