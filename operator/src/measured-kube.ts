/** Counts and times every call of the Kubernetes API, without the callers knowing. */
import type { Clock } from '@rouse/contract';
import type { Kube } from '@rouse/kube';

export interface KubeCall {
  /** As Kubernetes names them: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  /** Plural, with the subresource: `deployments`, `deployments/scale`. */
  readonly resource: string;
  /** HTTP status, or `error` where there was no answer. */
  readonly code: string;
  /** Null for watches, which last as long as they please. */
  readonly ms: number | null;
}

export function measuredKube(kube: Kube, clock: Clock, onCall: (call: KubeCall) => void): Kube {
  return {
    async request(request) {
      const startedMs = clock.nowMs();
      const result = await kube.request<never>(request);
      const { resource, named } = readPath(request.path);
      const verb = verbOf(request.method, named);
      onCall({ verb, resource, code: codeOf(result.status), ms: clock.nowMs() - startedMs });
      return result;
    },
    async stream(request) {
      const result = await kube.stream(request);
      onCall({ verb: 'watch', resource: readPath(request.path).resource, code: codeOf(result.status), ms: null });
      return result;
    },
    namespace: () => kube.namespace(),
    close: () => kube.close(),
  };
}

function codeOf(status: number): string {
  return status === 0 ? 'error' : String(status);
}

function verbOf(method: string, named: boolean): string {
  if (method === 'GET') return named ? 'get' : 'list';
  return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method.toLowerCase();
}

/** `/apis/GROUP/VERSION[/namespaces/NS]/RESOURCE[/NAME[/SUBRESOURCE]]`, and the same below `/api/v1`. */
function readPath(path: string): { readonly resource: string; readonly named: boolean } {
  const parts = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const own = parts[0] === 'namespaces' && parts.length > 2 ? parts.slice(2) : parts;
  const [resource = '', name, subresource] = own;
  return { resource: subresource === undefined ? resource : `${resource}/${subresource}`, named: name !== undefined };
}
