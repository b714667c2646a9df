/** Checks of written objects, as far as a wrong one would otherwise fail later and less clearly. */
import { type Cause, invalidValue, requiredValue } from './api-error.ts';
import { deepEqual, dig, isObject, type JsonObject } from './json.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  type ResourceKind,
  SECRETS,
  SERVICES,
} from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { compileSelector } from './selectors.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MAX_REPLICAS = 2 ** 31 - 1;

export function validateName(kind: ResourceKind, name: string): Cause[] {
  if (name === '') return [requiredValue('metadata.name', 'name or generateName is required')];
  const strict = kind === NAMESPACES || kind === SERVICES;
  const limit = strict ? 63 : 253;
  if (name.length <= limit && (strict ? LABEL : SUBDOMAIN).test(name)) return [];
  return [
    invalidValue(
      'metadata.name',
      name,
      `must be at most ${limit} lower case letters, digits${strict ? " and '-'" : ", '-' and '.'"}, starting and ending with a letter or digit`,
    ),
  ];
}

/** @param path where the map stands, e.g. `metadata.labels` */
function validateLabels(labels: unknown, path: string): Cause[] {
  if (labels === undefined) return [];
  if (!isObject(labels)) return [invalidValue(path, labels, 'must be a map of strings')];
  return Object.entries(labels).flatMap(([key, value]) => {
    if (!QUALIFIED_NAME.test(key)) return [invalidValue(path, key, 'the key must be [prefix/]name')];
    if (typeof value === 'string' && LABEL_VALUE.test(value)) return [];
    return [invalidValue(`${path}.${key}`, value, "must be a string of at most 63 letters, digits, '-', '_' and '.'")];
  });
}

function validateAnnotations(annotations: unknown): Cause[] {
  const path = 'metadata.annotations';
  if (annotations === undefined) return [];
  if (!isObject(annotations)) return [invalidValue(path, annotations, 'must be a map of strings')];
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (!QUALIFIED_NAME.test(key)) return [invalidValue(path, key, 'the key must be [prefix/]name')];
    if (typeof value === 'string') return [];
    return [invalidValue(`${path}.${key}`, value, 'must be a string; put it in quotes')];
  });
}

/** Also for a Scale's `spec.replicas`. */
export function validateReplicas(replicas: unknown): Cause[] {
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas > MAX_REPLICAS) {
    return [invalidValue('spec.replicas', replicas, `must be an integer from 0 to ${MAX_REPLICAS}`)];
  }
  return replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
}

function validatePort(port: unknown, path: string): Cause[] {
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535) return [];
  return [invalidValue(path, port, 'must be between 1 and 65535, inclusive')];
}

function validateContainers(containers: unknown, path: string): Cause[] {
  if (!Array.isArray(containers) || containers.length === 0) return [requiredValue(path)];
  const causes: Cause[] = [];
  const names = new Set<unknown>();
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(container)) {
      causes.push(invalidValue(at, container, 'must be an object'));
      return;
    }
    if (typeof container.name !== 'string' || container.name === '') causes.push(requiredValue(`${at}.name`));
    else if (!LABEL.test(container.name) || container.name.length > 63) {
      causes.push(invalidValue(`${at}.name`, container.name, "must be lower case letters, digits and '-'"));
    } else if (names.has(container.name)) {
      causes.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: "${container.name}"`,
        field: `${at}.name`,
      });
    }
    names.add(container.name);
    const ports = container.ports ?? [];
    if (!Array.isArray(ports)) causes.push(invalidValue(`${at}.ports`, ports, 'must be a list'));
    else {
      ports.forEach((port, portIndex) => {
        causes.push(...validatePort(dig(port, 'containerPort'), `${at}.ports[${portIndex}].containerPort`));
      });
    }
    for (const list of ['command', 'args'] as const) {
      const words = container[list];
      if (words !== undefined && !(Array.isArray(words) && words.every((word) => typeof word === 'string'))) {
        causes.push(invalidValue(`${at}.${list}`, words, 'must be a list of strings; put numbers in quotes'));
      }
    }
    causes.push(...validateEnv(container.env, `${at}.env`));
  });
  return causes;
}

function validateEnv(env: unknown, path: string): Cause[] {
  if (env === undefined) return [];
  if (!Array.isArray(env)) return [invalidValue(path, env, 'must be a list of name and value')];
  return env.flatMap((entry, index) => {
    const name = dig(entry, 'name');
    const value = dig(entry, 'value');
    if (typeof name !== 'string' || name === '') return [requiredValue(`${path}[${index}].name`)];
    if (value === undefined || typeof value === 'string') return [];
    return [invalidValue(`${path}[${index}].value`, value, 'must be a string; put it in quotes')];
  });
}

function validatePodSpec(spec: unknown, path: string): Cause[] {
  if (!isObject(spec)) return [requiredValue(path)];
  const causes = validateContainers(spec.containers, `${path}.containers`);
  if (spec.initContainers !== undefined && !deepEqual(spec.initContainers, [])) {
    causes.push(...validateContainers(spec.initContainers, `${path}.initContainers`));
  }
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && !(typeof grace === 'number' && Number.isInteger(grace) && grace >= 0)) {
    causes.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be an integer of 0 or more'));
  }
  return causes;
}

function validateSelector(spec: JsonObject, previous: KubeObject | null): Cause[] {
  const { selector } = spec;
  if (!isObject(selector) || (!isObject(selector.matchLabels) && !Array.isArray(selector.matchExpressions))) {
    return [requiredValue('spec.selector')];
  }
  const causes = validateLabels(selector.matchLabels, 'spec.selector.matchLabels');
  if (previous && !deepEqual(dig(previous, 'spec', 'selector'), selector)) {
    causes.push(invalidValue('spec.selector', selector, 'field is immutable'));
  }
  const labels = dig(spec.template, 'metadata', 'labels');
  if (causes.length === 0 && !compileSelector(selector)(isObject(labels) ? (labels as Record<string, string>) : {})) {
    causes.push(
      invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    );
  }
  return causes;
}

function validateStrategy(spec: JsonObject): Cause[] {
  const causes: Cause[] = [];
  const type = dig(spec.strategy, 'type');
  if (type !== 'RollingUpdate' && type !== 'Recreate') {
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(type)}: supported values: "Recreate", "RollingUpdate"`,
      field: 'spec.strategy.type',
    });
  }
  const limits = ['maxSurge', 'maxUnavailable'].map((name) => dig(spec.strategy, 'rollingUpdate', name));
  limits.forEach((limit, index) => {
    const valid =
      limit === undefined ||
      (typeof limit === 'number' && Number.isInteger(limit) && limit >= 0) ||
      (typeof limit === 'string' && /^\d{1,9}%$/.test(limit));
    const field = `spec.strategy.rollingUpdate.${index === 0 ? 'maxSurge' : 'maxUnavailable'}`;
    if (!valid) causes.push(invalidValue(field, limit, "must be an integer of 0 or more, or a percentage like '25%'"));
  });
  const zero = (limit: unknown) => limit === 0 || limit === '0%';
  if (zero(limits[0]) && zero(limits[1])) {
    causes.push(
      invalidValue('spec.strategy.rollingUpdate.maxUnavailable', limits[1], 'may not be 0 when `maxSurge` is 0'),
    );
  }
  return causes;
}

/** What an update may change in a pod's spec; the rest is fixed at creation. */
const MUTABLE_POD_FIELDS = ['activeDeadlineSeconds', 'terminationGracePeriodSeconds', 'tolerations', 'nodeName'];

function frozenPodSpec(spec: unknown): unknown {
  if (!isObject(spec)) return spec;
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => !MUTABLE_POD_FIELDS.includes(key)));
  for (const list of ['containers', 'initContainers']) {
    const containers = rest[list];
    if (Array.isArray(containers)) {
      rest[list] = containers.map((container) => (isObject(container) ? { ...container, image: null } : container));
    }
  }
  return rest;
}

function validatePod(object: KubeObject, previous: KubeObject | null): Cause[] {
  const causes = validatePodSpec(object.spec, 'spec');
  if (previous && !deepEqual(frozenPodSpec(object.spec), frozenPodSpec(previous.spec))) {
    causes.push({
      reason: 'FieldValueForbidden',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`, ' +
        '`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` and `spec.terminationGracePeriodSeconds`',
      field: 'spec',
    });
  }
  return causes;
}

function validateService(spec: unknown): Cause[] {
  if (!isObject(spec)) return [requiredValue('spec')];
  const ports = spec.ports ?? [];
  if (!Array.isArray(ports)) return [invalidValue('spec.ports', ports, 'must be a list')];
  return ports.flatMap((port, index) => validatePort(dig(port, 'port'), `spec.ports[${index}].port`));
}

function validateData(object: KubeObject): Cause[] {
  const { data } = object;
  if (data === undefined || data === null) return [];
  if (!isObject(data)) return [invalidValue('data', data, 'must be a map of strings')];
  return Object.entries(data).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [invalidValue(`data.${key}`, value, 'must be a string; put it in quotes')],
  );
}

/** All faults of an object as it would be stored; `previous` is null at creation. */
export function validateObject(kind: ResourceKind, object: KubeObject, previous: KubeObject | null): Cause[] {
  const causes = [
    ...validateName(kind, object.metadata.name),
    ...validateLabels(object.metadata.labels, 'metadata.labels'),
    ...validateAnnotations(object.metadata.annotations),
  ];
  if (kind === PODS) causes.push(...validatePod(object, previous));
  else if (kind === SERVICES) causes.push(...validateService(object.spec));
  else if (kind === CONFIG_MAPS || kind === SECRETS) causes.push(...validateData(object));
  else if (kind === DEPLOYMENTS || kind === REPLICA_SETS) {
    if (!isObject(object.spec)) return [...causes, requiredValue('spec')];
    causes.push(...validateReplicas(object.spec.replicas), ...validateSelector(object.spec, previous));
    causes.push(...validateLabels(dig(object.spec.template, 'metadata', 'labels'), 'spec.template.metadata.labels'));
    causes.push(...validatePodSpec(dig(object.spec.template, 'spec'), 'spec.template.spec'));
    if (kind === DEPLOYMENTS) causes.push(...validateStrategy(object.spec));
  }
  return causes;
}
