/** The HTTP side of the local API: one loopback listener that guards, reads bodies, dispatches and answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@rouse/contract';
import { parse as parseYaml } from 'yaml';
import { ApiError, badRequest, methodNotAllowed, unknownPath, unsupportedMediaType } from './api-error.ts';
import { discoveryDocument, KUBERNETES_VERSION } from './discovery.ts';
import { createResourceHandler, includeObjectOf } from './handle-resource.ts';
import { NAMESPACES, NODES, PODS, type ResourceKind } from './kinds.ts';
import { kubeTime, type Pod } from './objects.ts';
import { openapiDocument } from './openapi.ts';
import { type Patch, parsePatch } from './patch/apply-patch.ts';
import { createRegistry, NODE_NAME, type Registry } from './registry.ts';
import { chooseRepresentation, type Representation } from './representation.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import { parseSelectors } from './selectors.ts';
import { type LogSource, serveLog } from './serve-log.ts';
import { createStore, type Store } from './store.ts';
import { serveWatch } from './watch.ts';

export interface LocalApiOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** A loopback address: there is no authentication. */
  readonly host?: string;
  readonly clock: Clock;
  /** Answers `kubectl logs`. */
  readonly logs?: LogSource;
  /** Called with a message and fields for what a person may want to know. */
  readonly log?: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export interface LocalApi {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly store: Store;
  /** The same reads and writes as over HTTP, for controllers in this process. */
  readonly registry: Registry;
  /** Ends every watch at once, as a restarting server would. */
  cutWatches(): void;
  close(): Promise<void>;
}

/** Upstream's limit for the body of a write. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** Longer than clients keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Starts the API with the namespaces `default` and `kube-system` and one node. Rejects when the port cannot be had. */
export async function startLocalApi(options: LocalApiOptions): Promise<LocalApi> {
  const { clock } = options;
  const store = createStore(clock);
  const registry = createRegistry(store, clock);
  const watches = new Set<() => void>();
  const handle = createResourceHandler(registry, clock);

  function watch(request: IncomingMessage, response: ServerResponse, url: URL, target: RequestTarget): ApiError | null {
    const query = url.searchParams;
    const representation = chooseRepresentation(request.headers.accept);
    if (!representation) return notAcceptable();
    const fieldSelector = [query.get('fieldSelector'), target.name ? `metadata.name=${target.name}` : null]
      .filter(Boolean)
      .join(',');
    const matches = parseSelectors(query.get('labelSelector'), fieldSelector, target.kind.storedAs);
    if (matches instanceof ApiError) return matches;
    const end = serveWatch(
      store,
      clock,
      {
        kind: target.kind,
        namespace: target.namespace,
        matches,
        resourceVersion: query.get('resourceVersion') ?? '',
        allowBookmarks: query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
        sendInitialEvents: query.get('sendInitialEvents') === 'true',
        timeoutSeconds: Number(query.get('timeoutSeconds')) || 0,
        representation,
        includeObject: includeObjectOf(query),
      },
      response,
    );
    if (end instanceof ApiError) return end;
    watches.add(end);
    response.on('close', () => watches.delete(end));
    return null;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refuse(request);
    if (refusal) return send(response, refusal.code, refusal.status);
    const url = new URL(request.url ?? '/', 'http://local');
    const method = request.method ?? 'GET';
    const document = documentAt(url.pathname);
    if (document !== null) {
      if (method === 'GET' || method === 'HEAD') return send(response, 200, document);
      return fail(response, methodNotAllowed());
    }
    const target = parseTarget(url.pathname);
    if (!target) return fail(response, unknownPath());
    const wantsWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
    if (method === 'GET' && wantsWatch && target.subresource === undefined) {
      const refused = watch(request, response, url, target);
      return refused ? fail(response, refused) : undefined;
    }
    if (target.subresource === 'log') {
      if (method !== 'GET') return fail(response, methodNotAllowed());
      const pod = registry.get(PODS, target.namespace ?? '', target.name ?? '');
      if (pod instanceof ApiError) return fail(response, pod);
      const refused = await serveLog(options.logs, pod as Pod, url.searchParams, response, clock.wallMs());
      return refused ? fail(response, refused) : undefined;
    }
    const representation = chooseRepresentation(request.headers.accept);
    if (!representation) return fail(response, notAcceptable());
    const read = await readBody(request);
    if (read instanceof ApiError) return fail(response, read);
    const result = dispatch(request, method, target, url, representation, read);
    if (result instanceof ApiError) return fail(response, result);
    send(response, result.code, result.body);
  }

  function dispatch(
    request: IncomingMessage,
    method: string,
    target: RequestTarget,
    url: URL,
    representation: Representation,
    text: string,
  ) {
    const contentType = request.headers['content-type'] ?? '';
    let patch: Patch | null = null;
    let body: unknown;
    if (method === 'PATCH') {
      const parsed = parsePatch(contentType, text);
      if (parsed instanceof ApiError) return parsed;
      patch = parsed;
    } else if (method !== 'GET' && text !== '') {
      const parsed = parseBody(contentType, text);
      if (parsed instanceof ApiError) return parsed;
      body = parsed.value;
    }
    const agent = (request.headers['user-agent'] ?? '').split('/')[0] || 'unknown';
    return handle({ method, target, query: url.searchParams, representation, body, patch, agent });
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.log?.('request failed', { method: request.method, url: request.url, error: String(error) });
      if (response.headersSent) response.destroy();
      else fail(response, new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  furnish(registry, clock);

  return {
    url: `http://127.0.0.1:${port}`,
    store,
    registry,
    cutWatches() {
      for (const end of watches) end();
    },
    async close() {
      for (const end of watches) end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** What every cluster has from the start. */
function furnish(registry: Registry, clock: Clock): void {
  const writer = { manager: 'rouse-local', operation: 'Update' } as const;
  const make = (kind: ResourceKind, body: object) => registry.create(kind, '', body, { writer });
  make(NAMESPACES, { metadata: { name: 'default', labels: { 'kubernetes.io/metadata.name': 'default' } } });
  make(NAMESPACES, { metadata: { name: 'kube-system', labels: { 'kubernetes.io/metadata.name': 'kube-system' } } });
  const labels = { 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': process.platform };
  make(NODES, { metadata: { name: NODE_NAME, labels }, spec: {} });
  const now = kubeTime(clock.wallMs());
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'pods run as processes' };
  const status = {
    conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: NODE_NAME },
    ],
    nodeInfo: { kubeletVersion: KUBERNETES_VERSION, operatingSystem: process.platform, architecture: process.arch },
  };
  registry.update(NODES, '', NODE_NAME, (node) => ({ ...node, status }), {
    writer: { ...writer, subresource: 'status' },
  });
}

/** Loopback is reachable from any web page: no foreign Host (DNS rebinding), and nothing a browser sends across origins. */
function refuse(request: IncomingMessage): ApiError | null {
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d*$/, '');
  if (!LOCAL_HOSTS.includes(host)) {
    return new ApiError(
      421,
      'BadRequest',
      `Host ${JSON.stringify(request.headers.host ?? '')} is not served here; use localhost, 127.0.0.1 or [::1]`,
    );
  }
  if (request.headers.origin !== undefined) {
    return new ApiError(403, 'Forbidden', 'requests from web pages (with an Origin header) are refused');
  }
  return null;
}

function documentAt(path: string): unknown {
  if (path === '/healthz' || path === '/livez' || path === '/readyz') return 'ok';
  return discoveryDocument(path) ?? openapiDocument(path);
}

function notAcceptable(): ApiError {
  return new ApiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  );
}

async function readBody(request: IncomingMessage): Promise<string | ApiError> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(contentType: string, text: string): { value: unknown } | ApiError {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  try {
    if (type === '' || type === 'application/json') return { value: JSON.parse(text) };
    if (type === 'application/yaml') return { value: parseYaml(text) };
  } catch (error) {
    return badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (type === 'application/vnd.kubernetes.protobuf') {
    return new ApiError(
      415,
      'UnsupportedMediaType',
      'this API does not read protobuf, which `kubectl create KIND` sends; use `kubectl create KIND ... --dry-run=client -o yaml | kubectl apply -f -`',
    );
  }
  return unsupportedMediaType(['application/json', 'application/yaml']);
}

function fail(response: ServerResponse, error: ApiError): void {
  send(response, error.code, error.status);
}

function send(response: ServerResponse, code: number, body: unknown): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}
