/** For tests: a small Kubernetes API over real HTTP that stores objects, lists, watches and patches them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/** Any JSON object; tests build them by hand. */
export type Json = { [key: string]: unknown };

export interface TestApi {
  readonly url: string;
  /** `METHOD /path` of every request, without the query. */
  readonly requests: string[];
  /** The same with query and body as received, of everything that writes; dry runs are not among them. */
  readonly writes: string[];
  /** Writes an object; name and namespace as in its path, resourceVersion by the server. */
  put(path: string, object: Json): void;
  get(path: string): Json | undefined;
  remove(path: string): void;
  /** Objects at and below a path. */
  below(path: string): Json[];
  /** How the next requests that match are met, until `heal()`: a status, no answer at all, or applied without answer. */
  fail(pattern: RegExp, how: number | 'silence' | 'applied-unanswered'): void;
  heal(): void;
  cutWatches(): void;
  close(): Promise<void>;
}

interface Watch {
  readonly path: string;
  readonly response: ServerResponse;
}

export async function testApi(): Promise<TestApi> {
  const objects = new Map<string, Json>();
  const watches = new Set<Watch>();
  const requests: string[] = [];
  const writes: string[] = [];
  let faults: { pattern: RegExp; how: number | 'silence' | 'applied-unanswered' }[] = [];
  /** Everything that ever happened: a watch begins with what came after its version. */
  const history: { readonly version: number; readonly path: string; readonly line: string }[] = [];
  let version = 100;

  function put(path: string, object: Json): Json {
    const known = objects.get(path);
    const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? [];
    const metadata = {
      name: path.slice(path.lastIndexOf('/') + 1),
      uid: `uid-${path}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(namespace === undefined ? {} : { namespace }),
      ...(object.metadata as Json | undefined),
      resourceVersion: String(++version),
    };
    const stored = { ...object, metadata };
    objects.set(path, stored);
    tell(known === undefined ? 'ADDED' : 'MODIFIED', path, stored);
    return stored;
  }

  function tell(type: string, path: string, object: Json): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    history.push({ version, path, line });
    for (const watch of watches) if (isIn(path, watch.path)) watch.response.write(line);
  }

  function remove(path: string): void {
    const known = objects.get(path);
    if (known === undefined) return;
    objects.delete(path);
    tell('DELETED', path, {
      ...known,
      metadata: { ...(known.metadata as Json), resourceVersion: String(++version) },
    });
  }

  function below(path: string): Json[] {
    return [...objects].filter(([each]) => each === path || isIn(each, path)).map(([, object]) => object);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://api');
    const path = url.pathname;
    requests.push(`${request.method} ${path}`);
    const text = await textOf(request);
    const dryRun = url.searchParams.get('dryRun') === 'All';
    if (request.method !== 'GET' && !dryRun) writes.push(`${request.method} ${request.url} ${text}`);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const fault = faults.find((each) => each.pattern.test(`${request.method} ${path}`))?.how;
    if (fault === 'silence') return;
    const reply = (status: number, value: object) => {
      if (fault === 'applied-unanswered') request.socket.destroy();
      else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const refuse = (status: number, reason: string) =>
      reply(status, { kind: 'Status', code: status, reason, message: reason });
    if (typeof fault === 'number') return refuse(fault, 'Fault');
    if (request.method === 'POST') {
      const name = String((body as { metadata: Json }).metadata.name);
      if (objects.has(`${path}/${name}`)) return refuse(409, 'AlreadyExists');
      return reply(201, put(`${path}/${name}`, body as Json));
    }
    if (url.searchParams.has('watch')) {
      const watch = { path, response };
      const from = Number(url.searchParams.get('resourceVersion'));
      const missed = history.filter((each) => each.version > from && isIn(each.path, path));
      response.write(`${missed.map((each) => each.line).join('')}\n`);
      watches.add(watch);
      response.on('close', () => watches.delete(watch));
      return;
    }
    const scale = path.endsWith('/scale');
    const target = scale ? path.slice(0, -'/scale'.length) : path;
    const known = objects.get(target);
    if (request.method === 'GET' && known === undefined && !isObjectPath(path)) {
      return reply(200, {
        metadata: { resourceVersion: String(version) },
        items: below(path).filter((each) => isSelected(each, url)),
      });
    }
    if (known === undefined) return refuse(404, 'NotFound');
    if (request.method === 'DELETE') {
      remove(target);
      return reply(200, { kind: 'Status', status: 'Success' });
    }
    if (request.method === 'GET') return reply(200, scale ? scaleOf(known) : known);
    if (request.method === 'PUT') {
      const sent = body as { metadata: Json };
      const current = (known.metadata as Json).resourceVersion;
      if ((sent.metadata.resourceVersion ?? current) !== current) return refuse(409, 'Conflict');
      return reply(200, put(target, { ...sent, metadata: { ...(known.metadata as Json), ...sent.metadata } }));
    }
    if (request.headers['content-type'] === 'application/json-patch+json') {
      const patched = scale ? scaleOf(known) : structuredClone(known);
      if (!jsonPatch(patched, body as { op: string; path: string; value: unknown }[])) return refuse(422, 'Invalid');
      if (dryRun) return reply(200, patched);
      if (!scale) return reply(200, put(target, patched));
      const replicas = ((patched.spec as Json).replicas as number | undefined) ?? 0;
      return reply(200, scaleOf(put(target, { ...known, spec: { ...(known.spec as Json), replicas } })));
    }
    const uid = (body as { metadata?: Json }).metadata?.uid;
    if (uid !== undefined && uid !== (known.metadata as Json).uid) return refuse(409, 'Conflict');
    reply(200, put(target, merge(known, body as Json)));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    writes,
    put: (path, object) => void put(path, object),
    get: (path) => objects.get(path),
    remove,
    below,
    fail: (pattern, how) => void faults.push({ pattern, how }),
    heal() {
      faults = [];
    },
    cutWatches() {
      for (const watch of watches) watch.response.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The object lies in the list: in its namespace, or anywhere for a list over all namespaces. */
function isIn(objectPath: string, listPath: string): boolean {
  const list = objectPath.slice(0, objectPath.lastIndexOf('/'));
  return list === listPath || list.replace(/\/namespaces\/[^/]+/, '') === listPath;
}

/** `labelSelector=name=value`, the only form that is asked for. */
function isSelected(object: Json, url: URL): boolean {
  const [name, value] = (url.searchParams.get('labelSelector') ?? '').split('=');
  const labels = (object.metadata as { labels?: Json }).labels;
  return value === undefined || labels?.[name!] === value;
}

/** A path of an object and not of a list: its parts after the version come in pairs. */
function isObjectPath(path: string): boolean {
  const parts = path
    .replace(/^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\//, '')
    .replace(/\/scale$/, '')
    .split('/');
  return parts.length % 2 === 0;
}

/** As upstream: the spec of a Scale has no `replicas` at 0. */
function scaleOf(object: Json): Json {
  const replicas = ((object.spec as Json | undefined)?.replicas as number | undefined) ?? 1;
  return { kind: 'Scale', metadata: { ...(object.metadata as Json) }, spec: replicas === 0 ? {} : { replicas } };
}

function jsonPatch(target: Json, operations: readonly { op: string; path: string; value: unknown }[]): boolean {
  return operations.every(({ op, path, value }) => {
    const keys = path.slice(1).split('/');
    const last = keys.pop()!;
    const at = keys.reduce<Json | undefined>((each, key) => each?.[key] as Json | undefined, target);
    if (at === undefined) return false;
    if (op === 'test') return isDeepStrictEqual(at[last], value);
    if (op === 'replace' && !(last in at)) return false;
    at[last] = value;
    return true;
  });
}

function merge(into: Json, patch: Json): Json {
  const merged = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (typeof value === 'object' && !Array.isArray(value))
      merged[key] = merge((merged[key] ?? {}) as Json, value as Json);
    else merged[key] = value;
  }
  return merged;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
