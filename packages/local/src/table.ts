/** Server-side tables (`as=Table`): the columns `kubectl get` shows, with the wide ones behind. */

import { fromView } from './event-views.ts';
import { dig, isObject } from './json.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  EVENTS_V1,
  INFERENCE_SERVICES,
  LEASES,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type ResourceKind,
  SECRETS,
  SERVICES,
} from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { partialMetadata } from './representation.ts';
import { age, type Cell, type Column, column } from './table-cells.ts';
import { eventCells, eventColumns } from './table-events.ts';
import { podCells, podColumns } from './table-pods.ts';
import { deploymentCells, deploymentColumns, replicaSetCells, replicaSetColumns } from './table-workloads.ts';

/** What stands beside the cells of a row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

interface Printer {
  readonly columns: readonly Column[];
  readonly cells: (object: KubeObject, nowMs: number) => readonly Cell[];
}

const NAME = column('Name', { format: 'name' });
const AGE = column('Age');

const size = (value: unknown) => (isObject(value) ? Object.keys(value).length : 0);

function simple(columns: readonly Column[], cells: (object: KubeObject) => readonly Cell[]): Printer {
  return {
    columns: [NAME, ...columns, AGE],
    cells: (object, nowMs) => [object.metadata.name, ...cells(object), age(object.metadata.creationTimestamp, nowMs)],
  };
}

function servicePorts(service: KubeObject): string {
  const ports = dig(service.spec, 'ports');
  if (!Array.isArray(ports) || ports.length === 0) return '<none>';
  return ports.map((port) => `${String(dig(port, 'port'))}/${String(dig(port, 'protocol') ?? 'TCP')}`).join(',');
}

function nodeReady(node: KubeObject): string {
  const conditions = dig(node.status, 'conditions');
  const ready = Array.isArray(conditions) ? conditions.find((entry) => dig(entry, 'type') === 'Ready') : undefined;
  if (!ready) return 'Unknown';
  return dig(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
}

const PRINTERS = new Map<ResourceKind, Printer>([
  [PODS, { columns: podColumns, cells: podCells }],
  [DEPLOYMENTS, { columns: deploymentColumns, cells: deploymentCells }],
  [REPLICA_SETS, { columns: replicaSetColumns, cells: replicaSetCells }],
  [EVENTS, { columns: eventColumns, cells: eventCells }],
  [
    EVENTS_V1,
    { columns: eventColumns, cells: (object, nowMs) => eventCells(fromView(EVENTS_V1, object) as KubeObject, nowMs) },
  ],
  [NAMESPACES, simple([column('Status')], (object) => [String(dig(object.status, 'phase') ?? 'Active')])],
  [
    NODES,
    simple([column('Status'), column('Roles'), column('Version')], (object) => [
      nodeReady(object),
      '<none>',
      String(dig(object.status, 'nodeInfo', 'kubeletVersion') ?? ''),
    ]),
  ],
  [CONFIG_MAPS, simple([column('Data', { type: 'integer' })], (object) => [size(object.data)])],
  [
    SECRETS,
    simple([column('Type'), column('Data', { type: 'integer' })], (object) => [
      String(object.type ?? 'Opaque'),
      size(object.data),
    ]),
  ],
  [
    SERVICES,
    simple([column('Type'), column('Cluster-IP'), column('External-IP'), column('Port(s)')], (object) => [
      String(dig(object.spec, 'type') ?? 'ClusterIP'),
      String(dig(object.spec, 'clusterIP') ?? 'None'),
      String(dig(object.spec, 'externalName') ?? '<none>'),
      servicePorts(object),
    ]),
  ],
  [INFERENCE_SERVICES, simple([column('URL')], (object) => [String(dig(object.status, 'url') ?? '')])],
  [LEASES, simple([column('Holder')], (object) => [String(dig(object.spec, 'holderIdentity') ?? '')])],
]);

const PLAIN = simple([], () => []);

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly columnDefinitions: readonly Column[];
  readonly rows: readonly { readonly cells: readonly Cell[]; readonly object?: KubeObject }[];
}

export function tableOf(
  kind: ResourceKind,
  objects: readonly KubeObject[],
  nowMs: number,
  includeObject: IncludeObject,
  resourceVersion: string,
): Table {
  const printer = PRINTERS.get(kind) ?? PLAIN;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: printer.columns,
    rows: objects.map((object) => {
      const cells = printer.cells(object, nowMs);
      if (includeObject === 'None') return { cells };
      return { cells, object: includeObject === 'Object' ? object : partialMetadata(object) };
    }),
  };
}
