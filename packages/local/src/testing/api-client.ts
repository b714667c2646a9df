/** For tests: plain HTTP requests and watches against a running API, and waiting for a condition. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { JsonObject } from '../json.ts';

export interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; an empty object where it is none. */
  readonly body: JsonObject;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export function call(url: string, path: string, { method = 'GET', body, headers = {} }: Call = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
    const sent = request(url + path, {
      method,
      agent: false,
      headers: {
        'user-agent': 'test/1.0',
        ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(String(text)) } : {}),
        ...headers,
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type'] === 'application/json';
        const parsed = isJson ? (JSON.parse(answer) as JsonObject) : {};
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text: answer, body: parsed });
      });
    });
    sent.end(text as string);
  });
}

export function patch(url: string, path: string, type: 'json' | 'merge' | 'strategic-merge', body: unknown) {
  return call(url, path, {
    method: 'PATCH',
    body,
    headers: { 'content-type': `application/${type}-patch+json` },
  });
}

export interface WatchLine {
  readonly type: string;
  readonly object: JsonObject & { readonly metadata: JsonObject };
}

export interface OpenWatch {
  /** Everything received so far. */
  readonly lines: readonly WatchLine[];
  /** Resolves once the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Resolves when the response's head is there. */
export function openWatch(url: string, path: string, headers: Record<string, string> = {}): Promise<OpenWatch> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent: false, headers });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const lines: WatchLine[] = [];
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) lines.push(JSON.parse(part) as WatchLine);
      });
      const ended = new Promise<void>((done) => response.on('close', () => done()));
      response.on('error', () => {});
      resolve({ lines, ended, close: () => sent.destroy() });
    });
    sent.end();
  });
}

/** Polls until `condition` gives something other than false, null or undefined. */
export async function until<T>(
  what: string,
  condition: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  timeoutMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== null && result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
