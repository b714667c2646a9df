/** Deletes what an installation consists of: its own objects by their label and name, and nothing else. */
import { describeFailure, type Kube, type KubeObject, leasePath, listAll } from '@rouse/kube';

export interface RemoveOptions {
  readonly kube: Kube;
  readonly namespace: string;
  onRemoved(kind: string, name: string): void;
}

interface Resource {
  readonly kind: string;
  readonly group: string;
  readonly plural: string;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** Programs first; what gives them their rights last. */
const NAMESPACED: readonly Resource[] = [
  { kind: 'Deployment', group: '/apis/apps/v1', plural: 'deployments' },
  { kind: 'Service', group: '/api/v1', plural: 'services' },
  { kind: 'PodDisruptionBudget', group: '/apis/policy/v1', plural: 'poddisruptionbudgets' },
  { kind: 'NetworkPolicy', group: '/apis/networking.k8s.io/v1', plural: 'networkpolicies' },
  { kind: 'ConfigMap', group: '/api/v1', plural: 'configmaps' },
  { kind: 'Secret', group: '/api/v1', plural: 'secrets' },
  { kind: 'RoleBinding', group: RBAC, plural: 'rolebindings' },
  { kind: 'Role', group: RBAC, plural: 'roles' },
  { kind: 'ServiceAccount', group: '/api/v1', plural: 'serviceaccounts' },
];
const CLUSTER_WIDE: readonly Resource[] = [
  { kind: 'ValidatingAdmissionPolicyBinding', group: ADMISSION, plural: 'validatingadmissionpolicybindings' },
  { kind: 'ValidatingAdmissionPolicy', group: ADMISSION, plural: 'validatingadmissionpolicies' },
  { kind: 'ClusterRoleBinding', group: RBAC, plural: 'clusterrolebindings' },
  { kind: 'ClusterRole', group: RBAC, plural: 'clusterroles' },
];

const LABEL = 'app.kubernetes.io/part-of=rouse';

/** @returns what could not be removed, in plain words; an object that is gone already is none of it */
export async function removeObjects({ kube, namespace, onRemoved }: RemoveOptions): Promise<readonly string[]> {
  const failures: string[] = [];

  async function remove(kind: string, path: string, name: string): Promise<void> {
    const deleted = await kube.request({ method: 'DELETE', path, query: { propagationPolicy: 'Background' } });
    if (deleted.ok) onRemoved(kind, name);
    else if (deleted.status !== 404) failures.push(`${kind} ${name}: ${describeFailure(deleted)}`);
  }

  async function removeAll({ kind, group, plural }: Resource, scope: string): Promise<void> {
    const path = `${group}${scope}/${plural}`;
    const names: string[] = [];
    const never = new AbortController().signal;
    const listed = await listAll<KubeObject>(kube, path, { labelSelector: LABEL }, never, ({ metadata }) => {
      if (/^rouse(?:-|$)/.test(metadata.name)) names.push(metadata.name);
    });
    // Whoever installed it into one namespace may not even look at what is cluster-wide.
    if (!listed.ok && listed.status !== 404 && !(scope === '' && listed.status === 403)) {
      failures.push(`${kind}: ${describeFailure(listed)}`);
    }
    for (const name of names) await remove(kind, `${path}/${encodeURIComponent(name)}`, name);
  }

  for (const resource of NAMESPACED) await removeAll(resource, `/namespaces/${encodeURIComponent(namespace)}`);
  await remove('Lease', leasePath(namespace, 'rouse-operator'), 'rouse-operator');
  for (const resource of CLUSTER_WIDE) await removeAll(resource, '');
  return failures;
}
