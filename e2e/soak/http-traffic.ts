/** One HTTP request of a soak, and whether all of its answer is what the app has to give. */
import http from 'node:http';
import { writePattern } from '../app/pattern.ts';
import type { Attempt } from '../scenarios/explained.ts';
import type { Send } from './schedule.ts';

export interface SoakOutcome extends Attempt {
  readonly id: string;
  readonly workload: string;
  readonly kind: string;
  /** The client went before it had its answer, as it was meant to. */
  readonly left: boolean;
}

export interface Target {
  readonly port: number;
  /** For clients that keep their connections. */
  readonly agent: http.Agent;
}

const NO_ANSWER_MS = 60_000;
const KIB = 1_024;
const LARGE_BYTES = 1_024 * KIB;
const DOWNLOAD_BYTES = 4 * LARGE_BYTES;
/** A slow reader takes this often what has come meanwhile. */
const SLOW_READ_MS = 8;
interface Plan {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: { readonly bytes: number; readonly chunked: boolean };
  readonly kept?: boolean;
  readonly slow?: boolean;
  /** ms until the client goes. */
  readonly leavesAfterMs?: number;
  /** What is wrong with a whole answer; empty for nothing. */
  readonly fault: (answer: { readonly text: string; readonly bytes: number }) => string;
}

/** Resolves in any case, at the latest a minute after the last byte. */
export function sendHttp(target: Target, send: Send): Promise<SoakOutcome> {
  const plan = planOf(send);
  const startedAtMs = Date.now();
  return new Promise((resolve) => {
    let status: number | null = null;
    let fault = '';
    let left = false;
    const ended = (complete: boolean): void => {
      if (timer !== undefined) clearTimeout(timer);
      const { id, workload, kind } = send;
      const tookMs = Date.now() - startedAtMs;
      resolve({ id, workload, kind, method: plan.method, status, complete, fault, left, startedAtMs, tookMs });
    };
    const headers: Record<string, string | number> = { host: `${send.workload}.default.example.com`, 'x-id': send.id };
    if (plan.body?.chunked === false) headers['content-length'] = plan.body.bytes;
    const request = http.request(
      {
        host: '127.0.0.1',
        port: target.port,
        path: plan.path,
        method: plan.method,
        headers,
        agent: plan.kept ? target.agent : false,
        timeout: NO_ANSWER_MS,
      },
      (response) => {
        status = response.statusCode ?? 0;
        fault = String(response.headers['x-rouse-error'] ?? '');
        let text = '';
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (text.length < KIB) text += chunk.toString('latin1');
          if (!plan.slow) return;
          response.pause();
          setTimeout(() => response.resume(), SLOW_READ_MS);
        });
        response.once('error', (error) => {
          if (!left) fault ||= error.message;
        });
        response.once('close', () => {
          if (response.complete && status === 200) fault ||= plan.fault({ text, bytes });
          ended(response.complete);
        });
      },
    );
    const timer =
      plan.leavesAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            left = true;
            request.destroy();
          }, plan.leavesAfterMs);
    request.once('timeout', () => request.destroy(new Error(`no byte for ${NO_ANSWER_MS / 1000} s`)));
    request.on('error', (error) => {
      if (!left) fault ||= error.message;
      if (status === null) ended(false);
    });
    if (plan.body === undefined) request.end(plan.method === 'POST' ? send.id : undefined);
    else writePattern(request, plan.body.bytes);
  });
}

function planOf({ id, kind, chance }: Send): Plan {
  const hears = (expected: string) => (answer: { readonly text: string }) =>
    answer.text.endsWith(expected) ? '' : `"${answer.text.slice(-80)}" in place of "${expected}"`;
  const kept = kind.endsWith('-kept');
  const body = { bytes: 8 * KIB + Math.floor(chance * LARGE_BYTES), chunked: kind === 'chunked-upload' };
  const stored = hears(JSON.stringify({ received: body.bytes, isSame: true }));
  switch (kind) {
    case 'upload':
    case 'chunked-upload':
      return { method: 'POST', path: '/upload', body, fault: stored };
    case 'leave-upload':
      return { method: 'POST', path: '/upload', body, leavesAfterMs: chance * 30, fault: stored };
    case 'slow-answer':
      return { method: 'GET', path: `/pieces?count=10&ms=${20 + Math.floor(chance * 80)}`, fault: hears('end\n') };
    case 'slow-reader':
      return {
        method: 'GET',
        path: `/download?bytes=${DOWNLOAD_BYTES}`,
        slow: true,
        fault: ({ bytes }) => (bytes === DOWNLOAD_BYTES ? '' : `${bytes} bytes`),
      };
    case 'leave-get':
      return {
        method: 'GET',
        path: '/pieces?count=50&ms=20',
        leavesAfterMs: chance * 400,
        fault: hears('end\n'),
      };
    default:
      return {
        method: kind.startsWith('post') ? 'POST' : 'GET',
        path: `/?ms=${Math.floor(chance * 30)}`,
        kept,
        fault: hears(`${id}\n`),
      };
  }
}
