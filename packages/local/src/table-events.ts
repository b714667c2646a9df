/** The row of an Event. */
import { dig } from './json.ts';
import type { KubeObject } from './objects.ts';
import { age, type Cell, type Column, column } from './table-cells.ts';

export const eventColumns: readonly Column[] = [
  column('Last Seen'),
  column('Type'),
  column('Reason'),
  column('Object'),
  column('Subobject', { priority: 1 }),
  column('Source', { priority: 1 }),
  column('Message'),
  column('First Seen', { priority: 1 }),
  column('Count', { priority: 1 }),
  column('Name', { priority: 1 }),
];

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** @param object as core/v1 has it */
export function eventCells(object: KubeObject, nowMs: number): readonly Cell[] {
  const first = object.firstTimestamp ?? object.eventTime ?? object.metadata.creationTimestamp;
  const last = dig(object.series, 'lastObservedTime') ?? object.lastTimestamp ?? first;
  const component = text(dig(object.source, 'component')) || text(object.reportingComponent);
  const host = text(dig(object.source, 'host'));
  return [
    age(last, nowMs),
    text(object.type),
    text(object.reason),
    `${text(dig(object.involvedObject, 'kind')).toLowerCase()}/${text(dig(object.involvedObject, 'name'))}`,
    text(dig(object.involvedObject, 'fieldPath')),
    host ? `${component}, ${host}` : component,
    text(object.message).trim(),
    age(first, nowMs),
    Number(dig(object.series, 'count') ?? object.count ?? 1),
    object.metadata.name,
  ];
}
