/** The rows of Deployments and ReplicaSets. */
import type { Deployment, KubeObject, PodTemplate, ReplicaSet } from './objects.ts';
import { formatSelector } from './selectors.ts';
import { age, type Cell, type Column, column } from './table-cells.ts';

const WIDE: readonly Column[] = [
  column('Containers', { priority: 1 }),
  column('Images', { priority: 1 }),
  column('Selector', { priority: 1 }),
];

export const deploymentColumns: readonly Column[] = [
  column('Name', { format: 'name' }),
  column('Ready'),
  column('Up-to-date', { type: 'integer' }),
  column('Available', { type: 'integer' }),
  column('Age'),
  ...WIDE,
];

export const replicaSetColumns: readonly Column[] = [
  column('Name', { format: 'name' }),
  column('Desired', { type: 'integer' }),
  column('Current', { type: 'integer' }),
  column('Ready', { type: 'integer' }),
  column('Age'),
  ...WIDE,
];

function wide(template: PodTemplate): Cell[] {
  const { containers } = template.spec;
  return [containers.map(({ name }) => name).join(','), containers.map(({ image = '' }) => image).join(',')];
}

export function deploymentCells(object: KubeObject, nowMs: number): readonly Cell[] {
  const { metadata, spec, status = {} } = object as Deployment;
  return [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    status.updatedReplicas ?? 0,
    status.availableReplicas ?? 0,
    age(metadata.creationTimestamp, nowMs),
    ...wide(spec.template),
    formatSelector(spec.selector),
  ];
}

export function replicaSetCells(object: KubeObject, nowMs: number): readonly Cell[] {
  const { metadata, spec, status } = object as ReplicaSet;
  return [
    metadata.name,
    spec.replicas,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    age(metadata.creationTimestamp, nowMs),
    ...wide(spec.template),
    formatSelector(spec.selector),
  ];
}
