/** Paths of the Kubernetes API, one function a resource; without a namespace the list over all namespaces. */

const segment = encodeURIComponent;

function namespaced(group: string, resource: string, namespace?: string, name?: string, subresource?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${segment(namespace)}`;
  const object = name === undefined ? '' : `/${segment(name)}`;
  return `${group}${scope}/${resource}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

const CORE = '/api/v1';
const APPS = '/apis/apps/v1';

export const deploymentsPath = (namespace?: string): string => namespaced(APPS, 'deployments', namespace);
export const deploymentPath = (namespace: string, name: string): string =>
  namespaced(APPS, 'deployments', namespace, name);
/** `autoscaling/v1` Scale of a Deployment; its `spec` has no `replicas` at 0. */
export const deploymentScalePath = (namespace: string, name: string): string =>
  namespaced(APPS, 'deployments', namespace, name, 'scale');
export const deploymentStatusPath = (namespace: string, name: string): string =>
  namespaced(APPS, 'deployments', namespace, name, 'status');
export const replicaSetsPath = (namespace?: string): string => namespaced(APPS, 'replicasets', namespace);
export const replicaSetPath = (namespace: string, name: string): string =>
  namespaced(APPS, 'replicasets', namespace, name);
export const podsPath = (namespace?: string): string => namespaced(CORE, 'pods', namespace);
export const podPath = (namespace: string, name: string): string => namespaced(CORE, 'pods', namespace, name);
export const podStatusPath = (namespace: string, name: string): string =>
  namespaced(CORE, 'pods', namespace, name, 'status');
export const podLogPath = (namespace: string, name: string): string => namespaced(CORE, 'pods', namespace, name, 'log');
export const servicesPath = (namespace?: string): string => namespaced(CORE, 'services', namespace);
export const servicePath = (namespace: string, name: string): string => namespaced(CORE, 'services', namespace, name);
export const configMapsPath = (namespace?: string): string => namespaced(CORE, 'configmaps', namespace);
export const configMapPath = (namespace: string, name: string): string =>
  namespaced(CORE, 'configmaps', namespace, name);
export const secretsPath = (namespace?: string): string => namespaced(CORE, 'secrets', namespace);
export const secretPath = (namespace: string, name: string): string => namespaced(CORE, 'secrets', namespace, name);
/** Core/v1 Events. */
export const eventsPath = (namespace?: string): string => namespaced(CORE, 'events', namespace);
export const eventPath = (namespace: string, name: string): string => namespaced(CORE, 'events', namespace, name);
export const namespacesPath = (): string => `${CORE}/namespaces`;
export const namespacePath = (name: string): string => `${CORE}/namespaces/${segment(name)}`;
export const nodesPath = (): string => `${CORE}/nodes`;
export const nodePath = (name: string): string => `${CORE}/nodes/${segment(name)}`;
export const nodeStatusPath = (name: string): string => `${CORE}/nodes/${segment(name)}/status`;
export const leasesPath = (namespace?: string): string =>
  namespaced('/apis/coordination.k8s.io/v1', 'leases', namespace);
export const leasePath = (namespace: string, name: string): string =>
  namespaced('/apis/coordination.k8s.io/v1', 'leases', namespace, name);
/** KServe's; only where its CustomResourceDefinition is. */
export const inferenceServicesPath = (namespace?: string): string =>
  namespaced('/apis/serving.kserve.io/v1beta1', 'inferenceservices', namespace);
export const horizontalPodAutoscalersPath = (namespace?: string): string =>
  namespaced('/apis/autoscaling/v2', 'horizontalpodautoscalers', namespace);
