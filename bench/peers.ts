/** The proxies that take turns, each with the same duties: keep-alive on both sides and forwarded headers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkloadEntry } from '@rouse/contract';
import { findProgram, freePort, portOpen, startPinned } from './processes.ts';

export const host = 'hello.default.example.com';
const folder = mkdtempSync(join(tmpdir(), 'rouse-bench-'));

export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

/** nginx answering 200 with a few bytes: the pod. */
export async function startBackend(core: number): Promise<number> {
  const port = await freePort();
  const config = `daemon off; master_process off; pid ${folder}/backend.pid; error_log /dev/null;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  server { listen 127.0.0.1:${port} backlog=4096; location / { default_type text/plain; return 200 "hello\\n"; } } }`;
  writeFileSync(join(folder, 'backend.conf'), config);
  startPinned(core, findProgram('nginx')!, ['-c', join(folder, 'backend.conf')]);
  await portOpen(port);
  return port;
}

export async function startHaproxy(core: number, backendPort: number): Promise<Peer> {
  const port = await freePort();
  const config = `global
  maxconn 4000
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client 75s
  timeout server 300s
  option http-keep-alive
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header Forwarded for=%[src];proto=http;host=%[req.hdr(host)]
  http-request add-header Via "1.1 haproxy"
  http-response add-header Via "1.1 haproxy"
  use_backend pods if { hdr(host) -i ${host} }
backend pods
  server pod 127.0.0.1:${backendPort}
`;
  writeFileSync(join(folder, 'haproxy.cfg'), config);
  const child = startPinned(core, findProgram('haproxy')!, ['-db', '-f', join(folder, 'haproxy.cfg')]);
  await portOpen(port);
  return { name: 'haproxy', port, pid: child.pid! };
}

/** The proxy as shipped: default flags, metrics on, 1,000 workloads in the table. */
export async function startRouse(core: number, backendPort: number, flags: readonly string[] = []): Promise<Peer> {
  const port = await freePort();
  const adminPort = await freePort();
  const main = createRequire(import.meta.url).resolve('@rouse/proxy/main');
  const args = [main, '--port', String(port), '--admin-port', String(adminPort), '--host', '127.0.0.1'];
  const env = { ...process.env, ROUSE_CONTROL_TOKEN: 'bench' };
  const child = startPinned(
    core,
    process.execPath,
    [...args, '--admin-host', '127.0.0.1', '--allow-local-pods', ...flags],
    env,
  );
  await portOpen(adminPort);
  const workloads = Array.from({ length: 1000 }, (_, index) => entry(index, backendPort));
  const push = async () => {
    const headers = {
      authorization: 'Bearer bench',
      'content-type': 'application/json',
      'rouse-epoch': '1',
      'rouse-generation': '1',
    };
    const url = `http://127.0.0.1:${adminPort}/v1/workloads`;
    const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ workloads }) });
    if (!answer.ok) throw new Error(`the proxy refused the table: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  await push();
  await portOpen(port);
  // The leader's sign of life, and a reader of reports, as an operator is.
  setInterval(() => void push().catch(() => {}), 20_000).unref();
  void readReports(adminPort);
  return { name: 'rouse', port, pid: child.pid! };
}

async function readReports(adminPort: number): Promise<void> {
  try {
    const stream = await fetch(`http://127.0.0.1:${adminPort}/v1/reports`, {
      headers: { authorization: 'Bearer bench' },
    });
    for await (const _ of stream.body!);
  } catch {
    // The proxy ends with the benchmark.
  }
}

function entry(index: number, backendPort: number): WorkloadEntry {
  const isTarget = index === 0;
  const name = isTarget ? 'hello' : `idle-${index}`;
  return {
    key: `default/${name}`,
    generation: 1,
    routes: [
      `${name}.default.example.com`,
      `${name}.default`,
      `${name}.default.svc`,
      `${name}.default.svc.cluster.local`,
    ],
    limits: {
      containerConcurrency: 0,
      wakeTimeoutMs: 300_000,
      responseTimeoutMs: 300_000,
      requestTimeoutMs: 0,
      idleTimeoutMs: 0,
      queueLimit: 10_000,
      drainTimeoutMs: 300_000,
    },
    quiet: [],
    quietStatus: 503,
    waitingPage: false,
    alarm: null,
    state: isTarget ? 'awake' : 'asleep',
    blocked: null,
    pods: isTarget
      ? [{ uid: 'pod-1', name: 'hello-1', address: '127.0.0.1', port: backendPort, phase: 'ready', probe: null }]
      : [],
  };
}
