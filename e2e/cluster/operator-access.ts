/** What the operator may do on a cluster: the least it needs, as a ServiceAccount with a token of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';

export const NAMESPACE = 'rouse-system';
const NAME = 'rouse-operator';
const TOKEN_SECONDS = 3600;

const read = ['get', 'list', 'watch'];
const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: NAME });
const rbac = (kind: string, more: object, namespace?: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name: NAME, ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});

/** Nothing but `/scale`, Events and its Lease is written; `pods` `patch` is for pod-deletion-cost. */
function accessObjects(podDeletionCost: boolean): object[] {
  const rules = [
    { apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: read },
    { apiGroups: [''], resources: ['pods', 'services', 'namespaces'], verbs: read },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
    { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    ...(podDeletionCost ? [{ apiGroups: [''], resources: ['pods'], verbs: ['patch'] }] : []),
  ];
  // A name cannot limit `create`, as it is not known then.
  const lease = [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [NAME], verbs: ['get', 'update'] },
  ];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
    rbac('ClusterRole', { rules }),
    rbac('ClusterRoleBinding', { subjects, roleRef: roleRef('ClusterRole') }),
    rbac('Role', { rules: lease }, NAMESPACE),
    rbac('RoleBinding', { subjects, roleRef: roleRef('Role') }, NAMESPACE),
  ];
}

/** Makes account, roles and a token as a kubelet asks for one. @returns path of a kubeconfig that names its file */
export async function giveOperatorAccess(cluster: Cluster, podDeletionCost: boolean): Promise<string> {
  await cluster.apply(...accessObjects(podDeletionCost));
  const { plane } = cluster;
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${NAME}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const answer = await plane.kube.request<{ status: { token: string } }>({ method: 'POST', path, body });
  if (!answer.ok) throw new Error(`no token for the operator: ${answer.message}`);
  const tokenFile = join(plane.folder, 'operator.token');
  writeFileSync(tokenFile, answer.value.status.token, { mode: 0o600 });
  return plane.kubeconfigAs(NAME, { tokenFile });
}
