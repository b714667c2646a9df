/** Fills in what Kubernetes itself would: the defaults that clients and controllers read. */
import { isObject, type JsonObject } from './json.ts';
import { DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS, type ResourceKind, SECRETS, SERVICES } from './kinds.ts';
import type { KubeObject } from './objects.ts';

function fill(object: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) if (object[key] === undefined) object[key] = value;
}

function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function probe(value: unknown): void {
  if (!isObject(value)) return;
  fill(value, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (isObject(value.httpGet)) fill(value.httpGet, { path: '/', scheme: 'HTTP' });
}

function container(value: JsonObject): void {
  const image = typeof value.image === 'string' ? value.image : '';
  fill(value, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: /:latest$|^[^:@]*$/.test(image) ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  for (const port of objectsIn(value.ports)) fill(port, { protocol: 'TCP' });
  for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe']) probe(value[name]);
}

/** Defaults of a pod's spec, in place. */
export function defaultPodSpec(spec: JsonObject): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  for (const list of [spec.containers, spec.initContainers]) objectsIn(list).forEach(container);
}

function workload(spec: JsonObject): void {
  fill(spec, { replicas: 1 });
  if (isObject(spec.template)) {
    fill(spec.template, { metadata: {} });
    if (isObject(spec.template.spec)) defaultPodSpec(spec.template.spec);
  }
}

function deployment(spec: JsonObject): void {
  fill(spec, { strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  if (!isObject(spec.strategy)) return;
  fill(spec.strategy, { type: 'RollingUpdate' });
  if (spec.strategy.type !== 'RollingUpdate') return;
  fill(spec.strategy, { rollingUpdate: {} });
  if (isObject(spec.strategy.rollingUpdate)) {
    fill(spec.strategy.rollingUpdate, { maxSurge: '25%', maxUnavailable: '25%' });
  }
}

function service(spec: JsonObject): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.type === 'ClusterIP') fill(spec, { clusterIP: 'None' });
  for (const port of objectsIn(spec.ports)) fill(port, { protocol: 'TCP', targetPort: port.port });
}

/** Applies the defaults of the object's kind, in place. */
export function applyDefaults(kind: ResourceKind, object: KubeObject): void {
  if (kind === SECRETS) {
    fill(object, { type: 'Opaque' });
    foldStringData(object);
    return;
  }
  if (kind === NAMESPACES) {
    if (!isObject(object.status)) object.status = { phase: 'Active' };
    fill(object, { spec: { finalizers: ['kubernetes'] } });
    return;
  }
  if (!isObject(object.spec)) return;
  if (kind === PODS) defaultPodSpec(object.spec);
  else if (kind === SERVICES) service(object.spec);
  else if (kind === REPLICA_SETS || kind === DEPLOYMENTS) {
    workload(object.spec);
    if (kind === DEPLOYMENTS) deployment(object.spec);
  }
}

/** A Secret's `stringData` is write-only: its values go to `data` in base64. */
function foldStringData(secret: KubeObject): void {
  if (isObject(secret.stringData)) {
    const encoded = Object.entries(secret.stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString('base64'),
    ]);
    secret.data = { ...(isObject(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
  }
  delete secret.stringData;
}
