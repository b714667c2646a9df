/** The client: requests and streams to one Kubernetes API, errors as values, over one shared pool of connections. */
import type { Dispatcher } from 'undici';
import { connections } from './connections.ts';
import { anonymous, type CredentialOptions, type Credentials, rotating } from './credentials.ts';
import { type ExchangeEnd, exchange } from './exchange.ts';
import { failureOfAnswer, failureWithoutAnswer, type KubeFailure, type KubeResult } from './result.ts';

export interface ConnectOptions extends CredentialOptions {
  /** `http(s)://host:port` spoken to without credentials; wins over the others and loads nothing. */
  readonly server?: string;
  /** User-Agent; the API derives a default field manager from it. */
  readonly userAgent?: string;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, e.g. from `deploymentPath(…)`. */
  readonly path: string;
  /** Entries that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; a string as it is. */
  readonly body?: object | string;
  /** One of the patch types for PATCH; `application/json` otherwise. */
  readonly contentType?: string;
  /** For the whole exchange, connecting included; 15,000 by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface KubeStream extends Omit<KubeRequest, 'body' | 'contentType' | 'timeoutMs'> {
  /** The answer is 2xx and its body begins. */
  onOpen?(): void;
  onData(chunk: Buffer): void;
}

export interface Kube {
  /** One request. Never rejects; a GET that dies on a reused connection is sent once more. */
  request<T>(request: KubeRequest): Promise<KubeResult<T>>;
  /** A response read as it comes (watch, followed log); resolves when it ends. No timeout: abort by `signal`. */
  stream(request: KubeStream): Promise<KubeResult<undefined>>;
  /** Namespace of the kubeconfig's context or of this pod; `default` where none is named. */
  namespace(): Promise<string>;
  /** Ends every request, stream and connection. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;

/** Connects lazily: an unreadable kubeconfig or an unreachable server shows as the failure of the first request. */
export function connect(options: ConnectOptions = {}): Kube {
  const source = options.server === undefined ? rotating(options) : anonymous(options.server.replace(/\/+$/, ''));
  const pool = connections();
  const userAgent = options.userAgent ?? 'rouse';

  /** Sends it once; on 401 once more with credentials read anew (401 is known not applied). */
  async function send(request: KubeRequest | KubeStream, sink: Sink): Promise<KubeResult<undefined>> {
    const first = await sendOnce(request, sink);
    if (first.ok || first.status !== 401) return first;
    source.refresh();
    return sendOnce(request, sink);
  }

  async function sendOnce(request: KubeRequest | KubeStream, sink: Sink): Promise<KubeResult<undefined>> {
    let way: { credentials: Credentials; origin: string; pathname: string; dispatcher: Dispatcher };
    try {
      const credentials = await source.current();
      const { origin, pathname } = new URL(credentials.server);
      way = { credentials, origin, pathname, dispatcher: pool.for(credentials) };
    } catch (error) {
      return failureWithoutAnswer('Credentials', error instanceof Error ? error.message : String(error), false);
    }
    const { credentials, origin, pathname, dispatcher } = way;
    const body = 'body' in request ? request.body : undefined;
    const errorBody: Buffer[] = [];
    let status = 0;
    const end = await exchange({
      dispatcher,
      origin,
      path: (pathname === '/' ? '' : pathname) + withQuery(request.path, request.query),
      method: request.method,
      headers: {
        ...credentials.headers,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(body === undefined ? {} : { 'content-type': contentTypeOf(request) }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      timeoutMs: sink.timeoutMs,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      onHead(code) {
        status = code;
        if (code < 300) sink.onOpen?.();
      },
      onData(chunk) {
        if (status < 300) sink.onData(chunk);
        else errorBody.push(chunk);
      },
    });
    return resultOf(end, Buffer.concat(errorBody).toString('utf8'));
  }

  return {
    async request<T>(request: KubeRequest) {
      const chunks: Buffer[] = [];
      const sink: Sink = { timeoutMs: request.timeoutMs ?? TIMEOUT_MS, onData: (chunk) => chunks.push(chunk) };
      let end = await send(request, sink);
      if (request.method === 'GET' && !end.ok && diedOnReuse(end)) {
        chunks.length = 0;
        end = await send(request, sink);
      }
      return end.ok ? valueFrom<T>(end.status, Buffer.concat(chunks).toString('utf8')) : end;
    },
    stream: (request) =>
      send(request, {
        timeoutMs: 0,
        onData: request.onData.bind(request),
        ...(request.onOpen === undefined ? {} : { onOpen: request.onOpen.bind(request) }),
      }),
    async namespace() {
      return (await source.current()).namespace;
    },
    close: () => pool.close(),
  };
}

interface Sink {
  readonly timeoutMs: number;
  onOpen?(): void;
  onData(chunk: Buffer): void;
}

function contentTypeOf(request: KubeRequest | KubeStream): string {
  return ('contentType' in request ? request.contentType : undefined) ?? 'application/json';
}

function withQuery(path: string, query: KubeRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** The server may close an idle connection at the moment we use it; nothing was wrong with the request. */
function diedOnReuse(failure: KubeFailure): boolean {
  return failure.sent && (failure.reason === 'UND_ERR_SOCKET' || failure.reason === 'ECONNRESET');
}

function resultOf(end: ExchangeEnd, errorText: string): KubeResult<undefined> {
  if (!end.ok) return failureWithoutAnswer(end.code, end.message, end.sent);
  if (end.status < 300) return { ok: true, status: end.status, value: undefined };
  return failureOfAnswer(end.status, errorText, end.retryAfter);
}

/** A 2xx answer was applied, even when its body cannot be read. */
function valueFrom<T>(status: number, text: string): KubeResult<T> {
  try {
    return { ok: true, status, value: (text === '' ? undefined : JSON.parse(text)) as T };
  } catch {
    return failureWithoutAnswer(
      'BadAnswer',
      `status ${status} with a body that is not JSON: ${text.slice(0, 100)}`,
      true,
    );
  }
}
