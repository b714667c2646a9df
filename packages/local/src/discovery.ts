/** What there is to ask for: `/version`, `/api`, `/apis` and the resource lists clients map names with. */
import { apiVersionOf, KINDS, type ResourceKind, VERBS } from './kinds.ts';

/** The Kubernetes version whose API this follows. */
export const KUBERNETES_VERSION = 'v1.35.0+rouse';
const VERSION = {
  major: '1',
  minor: '35',
  gitVersion: KUBERNETES_VERSION,
  platform: `${process.platform}/${process.arch}`,
};

const GROUPS = new Map(KINDS.filter(({ group }) => group !== '').map((kind) => [kind.group, apiVersionOf(kind)]));

function apiGroup(group: string): object {
  const groupVersion = GROUPS.get(group) ?? '';
  const version = { groupVersion, version: groupVersion.slice(group.length + 1) };
  return { name: group, versions: [version], preferredVersion: version };
}

function subresource(kind: ResourceKind, name: string): object {
  const base = { name: `${kind.resource}/${name}`, singularName: '', namespaced: kind.namespaced };
  if (name === 'scale') {
    return { ...base, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
  }
  if (name === 'eviction') return { ...base, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
  return { ...base, kind: kind.kind, verbs: name === 'log' ? ['get'] : ['get', 'patch', 'update'] };
}

function resourceList(groupVersion: string): object | null {
  const kinds = KINDS.filter((kind) => apiVersionOf(kind) === groupVersion);
  if (kinds.length === 0) return null;
  const resources = kinds.flatMap((kind) => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: VERBS,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    },
    ...kind.subresources.map((name) => subresource(kind, name)),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** The document at a discovery path, or null where the path is none. */
export function discoveryDocument(path: string): object | null {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '/version') return { ...VERSION, gitCommit: '', gitTreeState: '', buildDate: '', compiler: 'node' };
  if (trimmed === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (trimmed === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...GROUPS.keys()].map(apiGroup) };
  const core = /^\/api\/(v1)$/.exec(trimmed);
  if (core?.[1]) return resourceList(core[1]);
  const group = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(trimmed);
  if (!group?.[1] || !GROUPS.has(group[1])) return null;
  if (group[2]) return resourceList(`${group[1]}/${group[2]}`);
  return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group[1]) };
}
