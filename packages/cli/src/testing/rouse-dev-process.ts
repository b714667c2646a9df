/** `rouse dev` as a process of its own on free ports, in a folder of its own, seen from the outside. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@rouse/contract/testing';
import { stringify } from 'yaml';

const executable = fileURLToPath(new URL('../../bin/rouse.js', import.meta.url));

/** Answers GET /ok with its process id and the names of its variables; anything else is 404. */
const app = `require('node:http').createServer((request, response) => {
  if (request.url !== '/ok') return response.writeHead(404).end();
  response.end(JSON.stringify({ pid: process.pid, variables: Object.keys(process.env) }));
}).listen(process.env.PORT, process.env.HOST);`;

export interface RouseDevProcess {
  readonly child: ChildProcess;
  readonly folder: string;
  /** All lines of stdout and stderr so far. */
  readonly lines: string[];
  /** Resolves with the first line that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Process ids of all descendants, with their command lines. */
  descendants(): { readonly pid: number; readonly command: string }[];
  readonly exited: Promise<unknown[]>;
  writeManifest(file: string, name: string, command?: readonly string[]): void;
  remove(): void;
}

export function startRouseDev(prepare: (dev: RouseDevProcess) => void, ...flags: string[]): RouseDevProcess {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-dev-'));
  const lines: string[] = [];
  const writeManifest = (file: string, name: string, command = [process.execPath, '-e', app]) =>
    writeFileSync(join(folder, file), stringify(deployment(name, command)));
  prepare({ folder, writeManifest } as RouseDevProcess);
  const ports = ['port', 'admin-port', 'operator-port', 'api-port'].flatMap((flag) => [`--${flag}`, '0']);
  const child = spawn(process.execPath, [executable, 'dev', folder, ...ports, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const pieces = (rest + text).split('\n');
      rest = pieces.pop() ?? '';
      lines.push(...pieces);
    });
  }
  return {
    child,
    folder,
    lines,
    writeManifest,
    line: (pattern) => {
      const told = () => `a line like ${pattern} in\n${lines.join('\n')}`;
      const find = () => {
        const found = lines.find((line) => pattern.test(line));
        if (found === undefined && child.exitCode !== null) throw new Error(`it ended before ${told()}`);
        return found;
      };
      return until(find, 'the line', 20_000).catch((error: Error) => {
        throw new Error(`${error.message}: ${told()}`);
      });
    },
    descendants: () => descendantsOf(child.pid!),
    exited: once(child, 'exit'),
    remove: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function deployment(name: string, command: readonly string[]): object {
  const labels = { app: name };
  const container = {
    name: 'app',
    image: 'app:1',
    command,
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ok', port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'rouse.dev/enabled': 'true' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function descendantsOf(root: number): { pid: number; command: string }[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    })
    .filter(({ command }) => !command.startsWith('ps -A'));
  const below = (parent: number): { pid: number; command: string }[] =>
    all.flatMap((each) => (each.parent === parent ? [each, ...below(each.pid)] : []));
  return below(root).map(({ pid, command }) => ({ pid, command }));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\s[ZX]/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).padStart(9));
  } catch {
    return false;
  }
}

/** Sends what a printed `curl` line says, again while nothing listens: a machine under load greets before that. */
export function runCurlLine(line: string): Promise<Answer> {
  return until(() =>
    sendCurlLine(line).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') return undefined;
      throw error;
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function sendCurlLine(line: string): Promise<Answer> {
  const [, host, url] = /curl -H 'Host: ([^']+)' (\S+)$/.exec(line)!;
  return new Promise((resolve, reject) => {
    const request = http.get(url!, { headers: { host: host! }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.once('error', reject);
  });
}
