/** Objects of a Kubernetes API as tests work on them: whatever is refused throws with the API's own words. */
import { APPLY_PATCH, describeFailure, type Kube, type KubeObject, type KubeResult } from '@rouse/kube';
import { type Manifest, objectPath } from './object-path.ts';

export interface KubeObjects {
  /** Server-side apply, one after the other. */
  apply(...objects: readonly object[]): Promise<void>;
  /** @throws unless it is there */
  get<T extends KubeObject>(path: string): Promise<T>;
  list<T extends KubeObject>(path: string, query?: Readonly<Record<string, string>>): Promise<readonly T[]>;
  patch(path: string, body: object, contentType?: string): Promise<void>;
  /** 404 is no fault. */
  remove(path: string, body?: object): Promise<void>;
}

const MERGE_PATCH = 'application/merge-patch+json';

export function kubeObjects(kube: Kube): KubeObjects {
  return {
    async apply(...objects) {
      for (const body of objects) {
        const path = objectPath(body as Manifest);
        const query = { fieldManager: 'e2e', force: true };
        value(await kube.request({ method: 'PATCH', path, body, query, contentType: APPLY_PATCH }), path);
      }
    },
    get: async (path) => value(await kube.request({ method: 'GET', path }), path),
    async list<T extends KubeObject>(path: string, query: Readonly<Record<string, string>> = {}) {
      return value(await kube.request<{ items: T[] }>({ method: 'GET', path, query }), path).items;
    },
    async patch(path, body, contentType = MERGE_PATCH) {
      value(await kube.request({ method: 'PATCH', path, body, contentType }), path);
    },
    async remove(path, body = {}) {
      const result = await kube.request({ method: 'DELETE', path, body });
      if (!result.ok && result.status !== 404) value(result, path);
    },
  };
}

function value<T>(result: KubeResult<T>, path: string): T {
  if (!result.ok) throw new Error(`${path}: ${describeFailure(result)}`);
  return result.value;
}
