/** One attempt of a probe on a pod's address or in its container, judged as the kubelet judges it. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { type ExecPlace, probeByCommand } from './exec-probe.ts';
import type { Container, HttpGet, Probe } from './pod.ts';

export type ProbeResult =
  | { readonly kind: 'success' }
  /** `message` as the kubelet's Unhealthy Event has it. */
  | { readonly kind: 'failure'; readonly message: string }
  /** The probe itself is wrong (a port name nobody has): no verdict on the container. */
  | { readonly kind: 'error'; readonly message: string };

const SUCCESS: ProbeResult = { kind: 'success' };
const MOST_REDIRECTS = 10;

/** Runs it once, an `exec` in `place`. Never rejects; ends within the probe's `timeoutSeconds` (default 1) of real time. */
export async function probeOnce(
  probe: Probe,
  container: Container,
  podIp: string,
  place?: ExecPlace,
): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet !== undefined) {
    const port = portNumber(probe.httpGet.port, container);
    if (port === undefined) return unknownPort(probe.httpGet.port);
    return probeHttp(probe.httpGet, port, podIp, timeoutMs);
  }
  if (probe.tcpSocket !== undefined) {
    const port = portNumber(probe.tcpSocket.port, container);
    if (port === undefined) return unknownPort(probe.tcpSocket.port);
    return probeTcp(probe.tcpSocket.host ?? podIp, port, timeoutMs);
  }
  if (probe.exec?.command !== undefined && place !== undefined) {
    return probeByCommand(probe.exec.command, place, timeoutMs);
  }
  return { kind: 'error', message: 'the probe has neither httpGet nor tcpSocket nor exec' };
}

function portNumber(port: number | string, container: Container): number | undefined {
  const named = container.ports?.find((each) => each.name !== undefined && each.name === port);
  const number = named?.containerPort ?? Number(port);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}

function unknownPort(port: number | string): ProbeResult {
  return { kind: 'error', message: `couldn't find port: ${JSON.stringify(port)}` };
}

function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(
      () => finish({ kind: 'failure', message: `dial tcp ${host}:${port}: i/o timeout` }),
      timeoutMs,
    );
    socket.once('connect', () => finish(SUCCESS));
    socket.once('error', (error) => finish({ kind: 'failure', message: `dial tcp ${host}:${port}: ${error.message}` }));
  });
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
}

/** 200–399 succeeds; a redirect is followed on the same host, and to another host it is a success (kubelet: RedirectChecker). */
async function probeHttp(get: HttpGet, port: number, podIp: string, timeoutMs: number): Promise<ProbeResult> {
  const deadlineMs = performance.now() + timeoutMs;
  const scheme = get.scheme === 'HTTPS' ? 'https' : 'http';
  const host = get.host ?? podIp;
  const path = get.path === undefined || get.path === '' ? '/' : get.path;
  const first = URL.parse(
    `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? '' : '/'}${path}`,
  );
  if (first === null)
    return {
      kind: 'error',
      message: `invalid probe address: host ${JSON.stringify(host)}, path ${JSON.stringify(path)}`,
    };
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(url, get, deadlineMs - performance.now());
    if (typeof answer === 'string') return { kind: 'failure', message: `Get ${JSON.stringify(url.href)}: ${answer}` };
    const next = answer.location === undefined ? null : URL.parse(answer.location, url.href);
    if (answer.status >= 300 && answer.status < 400 && next !== null && next.hostname === url.hostname) {
      url = next;
      continue;
    }
    if (answer.status >= 200 && answer.status < 400) return SUCCESS;
    return { kind: 'failure', message: `HTTP probe failed with statuscode: ${answer.status}` };
  }
  return { kind: 'failure', message: `Get ${JSON.stringify(url.href)}: stopped after ${MOST_REDIRECTS} redirects` };
}

/** The answer's head, or an error's message. A connection of its own for each attempt; certificates are not verified. */
function ask(url: URL, get: HttpGet, timeoutMs: number): Promise<Answer | string> {
  return new Promise((resolve) => {
    const headers = new Map([
      ['user-agent', 'kube-probe/rouse'],
      ['accept', '*/*'],
      ['connection', 'close'],
    ]);
    // An empty value removes a default header, as in the kubelet.
    for (const { name, value } of get.httpHeaders ?? []) {
      if (value === '' && headers.has(name.toLowerCase())) headers.delete(name.toLowerCase());
      else headers.set(name.toLowerCase(), value);
    }
    const options = { agent: false as const, headers: Object.fromEntries(headers), rejectUnauthorized: false };
    let finished = false;
    const finish = (result: Answer | string): void => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      request.destroy();
      resolve(result);
    };
    const onResponse = (response: IncomingMessage): void => {
      finish({ status: response.statusCode ?? 0, location: response.headers.location });
    };
    const request =
      url.protocol === 'https:' ? httpsRequest(url, options, onResponse) : httpRequest(url, options, onResponse);
    const timer = setTimeout(
      () => finish('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
      Math.max(0, timeoutMs),
    );
    request.on('error', (error) => finish(error.message));
    request.end();
  });
}
