/** One readiness check of one pod: a fresh connection, at most one short request, and the first line of its answer. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Probe } from '@rouse/contract';

/** A head is all that matters of the answer. */
const MAX_ANSWER_BYTES = 4096;

export interface ProbeTarget {
  /** IP literal; `host` of a Kubernetes probe is never dialled. */
  readonly address: string;
  readonly probe: Probe;
  /** Longest the connect may take, ms; SYNs are sent again only after 1 s, so that a fresh connect is better than patience. */
  readonly connectTimeoutMs: number;
}

/**
 * @param connected it accepts connections; told at most once, not for `tcp`
 * @param done told exactly once, unless cancelled
 * @returns cancels it
 */
export function attemptProbe(target: ProbeTarget, connected: () => void, done: (ok: boolean) => void): () => void {
  const { address, probe, connectTimeoutMs } = target;
  const socket = open(address, probe);
  let over = false;
  function finish(ok: boolean): void {
    if (over) return;
    over = true;
    clearTimeout(connectTimer);
    clearTimeout(answerTimer);
    socket.destroy();
    done(ok);
  }
  const connectTimer = setTimeout(() => finish(false), Math.min(connectTimeoutMs, probe.timeoutMs));
  const answerTimer = setTimeout(() => finish(false), probe.timeoutMs);
  // A destroyed socket may still tell of the error that ended it.
  socket.on('error', () => finish(false));
  socket.on('close', () => finish(false));
  socket.on('connect', () => {
    clearTimeout(connectTimer);
    if (probe.kind === 'tcp') finish(true);
    else connected();
  });
  if (probe.kind !== 'tcp') askForStatus(socket, address, probe, finish);
  return () => {
    over = true;
    clearTimeout(connectTimer);
    clearTimeout(answerTimer);
    socket.destroy();
  };
}

/** HTTPS without verification, as the kubelet does: pods serve certificates for names that are not their address. */
function open(address: string, probe: Probe): Socket {
  const where = { host: address, port: probe.port };
  if (probe.kind === 'https') return connectTls({ ...where, rejectUnauthorized: false });
  return connect({ ...where, noDelay: true });
}

function askForStatus(socket: Socket, address: string, probe: Probe, finish: (ok: boolean) => void): void {
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
    const status = finalStatus(answer);
    if (status !== null) finish(status >= 200 && status < 400);
    else if (answer.length >= MAX_ANSWER_BYTES) finish(false);
  });
  socket.write(probeRequest(address, probe), 'latin1');
}

/** The kubelet's request, as far as an app can tell; a probe's own Host and User-Agent win. */
export function probeRequest(address: string, probe: Probe): string {
  const fields = probe.headers ?? [];
  const given = new Set(fields.map(([name]) => name.toLowerCase()));
  const host = address.includes(':') ? `[${address}]` : address;
  const lines = [`GET ${probe.path ?? '/'} HTTP/1.1`];
  if (!given.has('host')) lines.push(`Host: ${host}:${probe.port}`);
  if (!given.has('user-agent')) lines.push('User-Agent: kube-probe/rouse');
  if (!given.has('accept')) lines.push('Accept: */*');
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  lines.push('Connection: close', '', '');
  return lines.join('\r\n');
}

/** Status of the first answer that is not interim; null while more bytes are needed, 0 when it is not HTTP. */
export function finalStatus(answer: string): number | null {
  let from = 0;
  for (;;) {
    const lineEnd = answer.indexOf('\r\n', from);
    if (lineEnd === -1) return null;
    const status = /^HTTP\/1\.\d ([1-5]\d\d)(?: |$)/.exec(answer.slice(from, lineEnd))?.[1];
    if (status === undefined) return 0;
    if (status[0] !== '1' || status === '101') return Number(status);
    const headEnd = answer.indexOf('\r\n\r\n', from);
    if (headEnd === -1) return null;
    from = headEnd + 4;
  }
}
