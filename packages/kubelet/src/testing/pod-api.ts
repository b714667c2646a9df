/** A small Kubernetes API for tests: pods with list, watch, status patch and graceful deletion; objects to be read; Events. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pod, PodSpec } from '../pod.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Body;
}

export interface Body {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string };
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly status?: Pod['status'];
}

export interface PodApi {
  readonly url: string;
  /** All but reads of pods, oldest first. */
  readonly writes: RecordedRequest[];
  /** Answers the next writes to pods with 500 while above 0; each takes one. */
  failNext: number;
  /** Answers status writes with 422. */
  refuseStatus: boolean;
  create(name: string, spec: Partial<PodSpec>, annotations?: Readonly<Record<string, string>>): Pod;
  pod(name: string): Pod | undefined;
  /** Deletes as `kubectl delete` does. */
  delete(name: string, graceSeconds?: number): void;
  /** Removes the object at once. */
  remove(name: string): void;
  /** Stores it as it is, but for its version. */
  replace(pod: Pod): void;
  /** Somebody else's write. */
  annotate(name: string, annotations: Readonly<Record<string, string>>): void;
  setCondition(name: string, type: string, status: 'True' | 'False'): void;
  /** `secrets/NAME` or `configmaps/NAME`. */
  readonly objects: Map<string, object>;
  events(): readonly Body[];
  close(): Promise<void>;
}

const NAMESPACE = 'default';

export async function startPodApi(): Promise<PodApi> {
  let version = 100;
  const pods = new Map<string, Pod>();
  const watchers = new Set<ServerResponse>();
  const writes: RecordedRequest[] = [];
  const objects = new Map<string, object>();

  function store(pod: Pod, type: 'ADDED' | 'MODIFIED' | 'DELETED'): Pod {
    const stored = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(++version) } };
    if (type === 'DELETED') pods.delete(pod.metadata.name);
    else pods.set(pod.metadata.name, stored);
    for (const watcher of watchers) watcher.write(`${JSON.stringify({ type, object: stored })}\n`);
    return stored;
  }

  function remove(name: string): void {
    const pod = pods.get(name);
    if (pod !== undefined) store(pod, 'DELETED');
  }

  function deletePod(name: string, graceSeconds?: number): Pod | undefined {
    const pod = pods.get(name);
    if (pod === undefined) return undefined;
    const seconds = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    if (seconds === 0) return store(pod, 'DELETED');
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: new Date().toISOString(),
      deletionGracePeriodSeconds: seconds,
    };
    return store({ ...pod, metadata }, 'MODIFIED');
  }

  function modify(name: string, change: (pod: Pod) => Pod): void {
    store(change(pods.get(name)!), 'MODIFIED');
  }

  function patchStatus(name: string, body: Body): [number, object] {
    const pod = pods.get(name);
    if (pod === undefined) return [404, { message: 'not found' }];
    const { uid, resourceVersion } = body.metadata ?? {};
    if (uid !== undefined && uid !== pod.metadata.uid) return [409, { reason: 'Conflict', message: 'another uid' }];
    if (resourceVersion !== undefined && resourceVersion !== pod.metadata.resourceVersion) {
      return [409, { reason: 'Conflict', message: 'another version' }];
    }
    return [200, store({ ...pod, status: { ...pod.status, ...body.status } }, 'MODIFIED')];
  }

  function answer(method: string, path: string, body: Body): [number, object] {
    const [resource = '', name = '', sub] = path.split('/').slice(5);
    if (resource === 'events') return [201, body];
    if (resource !== 'pods') {
      const object = objects.get(`${resource}/${name}`);
      return object === undefined
        ? [404, { reason: 'NotFound', message: `${resource} "${name}" not found` }]
        : [200, object];
    }
    if (method !== 'GET' && api.failNext > 0) {
      api.failNext--;
      return [500, { message: 'told to fail' }];
    }
    if (sub === 'status' && api.refuseStatus) return [422, { reason: 'Invalid', message: 'told to refuse' }];
    if (method === 'PATCH' && sub === 'status') return patchStatus(name, body);
    const pod = pods.get(name);
    if (pod === undefined) return [404, { reason: 'NotFound', message: `pods "${name}" not found` }];
    if (method !== 'DELETE') return [200, pod];
    const uid = body.preconditions?.uid;
    if (uid !== undefined && uid !== pod.metadata.uid) return [409, { reason: 'Conflict', message: 'another uid' }];
    return [200, deletePod(name, body.gracePeriodSeconds)!];
  }

  function list(url: URL, response: ServerResponse): void {
    const node = url.searchParams.get('fieldSelector')?.replace('spec.nodeName=', '');
    const items = [...pods.values()].filter((pod) => node === undefined || pod.spec.nodeName === node);
    if (!url.searchParams.has('watch')) {
      response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items }));
      return;
    }
    const since = Number(url.searchParams.get('resourceVersion') ?? 0);
    watchers.add(response);
    response.once('close', () => watchers.delete(response));
    response.flushHeaders();
    for (const pod of items) {
      if (Number(pod.metadata.resourceVersion) > since) {
        response.write(`${JSON.stringify({ type: 'MODIFIED', object: pod })}\n`);
      }
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const method = request.method ?? 'GET';
    response.setHeader('content-type', 'application/json');
    if (url.pathname === '/api/v1/pods') {
      list(url, response);
      return;
    }
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    if (method !== 'GET') writes.push({ method, path: url.pathname, body });
    const [status, object] = answer(method, url.pathname, body);
    response.writeHead(status).end(JSON.stringify(object));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const api: PodApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    failNext: 0,
    refuseStatus: false,
    objects,
    create(name, spec, annotations) {
      const metadata = {
        name,
        namespace: NAMESPACE,
        uid: randomUUID(),
        resourceVersion: '0',
        labels: { app: 'test' },
        ...(annotations === undefined ? {} : { annotations }),
      };
      const scheduled = { type: 'PodScheduled', status: 'True' as const, lastTransitionTime: '2026-01-01T00:00:00Z' };
      return store(
        {
          metadata,
          spec: { nodeName: 'here', containers: [], ...spec },
          status: { phase: 'Pending', conditions: [scheduled] },
        },
        'ADDED',
      );
    },
    pod: (name) => pods.get(name),
    delete: (name, graceSeconds) => void deletePod(name, graceSeconds),
    remove,
    replace: (pod) => void store(pod, 'MODIFIED'),
    annotate(name, annotations) {
      modify(name, (pod) => ({
        ...pod,
        metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } },
      }));
    },
    setCondition(name, type, status) {
      modify(name, (pod) => {
        const others = (pod.status?.conditions ?? []).filter((each) => each.type !== type);
        return { ...pod, status: { ...pod.status, conditions: [...others, { type, status }] } };
      });
    },
    events: () =>
      writes.filter((each) => each.path.includes('/events') && each.method === 'POST').map((each) => each.body),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return api;
}
