/** As much of OpenAPI v3 as `kubectl apply` asks for: which kinds can be patched and that the server validates fields. */
import { apiVersionOf, KINDS, type ResourceKind } from './kinds.ts';

const parameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'].map(parameter);

const rootOf = (apiVersion: string) => `${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;

function patchOf(kind: ResourceKind): object {
  return {
    patch: {
      parameters: PARAMETERS,
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
    },
  };
}

/** The document at `/openapi/v3...`, or null where the path is none. */
export function openapiDocument(path: string): object | null {
  const roots = new Map(KINDS.map((kind) => [rootOf(apiVersionOf(kind)), apiVersionOf(kind)]));
  if (path === '/openapi/v3') {
    const paths = [...roots.keys()].map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }]);
    return { paths: Object.fromEntries(paths) };
  }
  const apiVersion = roots.get(path.replace(/^\/openapi\/v3\//, ''));
  if (!apiVersion) return null;
  const kinds = KINDS.filter((kind) => apiVersionOf(kind) === apiVersion);
  const paths = kinds.map((kind) => {
    const scope = kind.namespaced ? 'namespaces/{namespace}/' : '';
    return [`/${rootOf(apiVersion)}/${scope}${kind.resource}/{name}`, patchOf(kind)];
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(paths),
    components: { schemas: {} },
  };
}
