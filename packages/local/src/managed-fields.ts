/** `metadata.managedFields`: who wrote which field, by which operation and when. */
import { isObject, type JsonObject } from './json.ts';
import { type KubeObject, kubeTime, type ManagedFieldsEntry } from './objects.ts';
import { changedFields, difference, type FieldSet, fieldsOf, isEmpty, union } from './patch/field-set.ts';

/** Who writes, and through which door. */
export interface Writer {
  /** `fieldManager` of the query, else the User-Agent up to its first `/`. */
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status' | 'scale';
}

/** Server-written parts of metadata, which nobody owns. */
const UNOWNED = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
];

function ownable(object: KubeObject | JsonObject | null): JsonObject {
  if (!object) return {};
  const { apiVersion, kind, metadata, ...rest } = object;
  if (!isObject(metadata)) return rest;
  const left = Object.fromEntries(Object.entries(metadata).filter(([key]) => !UNOWNED.includes(key)));
  return Object.keys(left).length > 0 ? { metadata: left, ...rest } : rest;
}

function sameWriter(entry: ManagedFieldsEntry, writer: Writer, apiVersion: string): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.apiVersion === apiVersion &&
    entry.subresource === writer.subresource
  );
}

/**
 * Entries after a write that turned `before` into `after`: the writer gains what it changed, everybody else loses it,
 * and what is gone belongs to nobody.
 * @param applied what a server-side apply sent, all of which it owns; undefined for other writes
 */
export function trackWrite(
  before: KubeObject | null,
  after: KubeObject,
  writer: Writer,
  wallMs: number,
  applied?: JsonObject,
): ManagedFieldsEntry[] {
  const entries = before?.metadata.managedFields ?? [];
  const was = ownable(before);
  const is = ownable(after);
  const changed = changedFields(was, is, after.kind);
  const gone = difference(changedFields(is, was, after.kind), changed);
  const own: FieldSet = applied ? fieldsOf(ownable(applied), after.kind) : changed;
  if (isEmpty(changed) && isEmpty(gone) && !applied) return entries;
  const kept: ManagedFieldsEntry[] = [];
  let mine: ManagedFieldsEntry | undefined;
  for (const entry of entries) {
    if (sameWriter(entry, writer, after.apiVersion)) {
      mine = entry;
      continue;
    }
    const left = difference(difference(entry.fieldsV1, changed), gone);
    if (!isEmpty(left)) kept.push({ ...entry, fieldsV1: left });
  }
  const fields = applied ? own : union(difference(mine?.fieldsV1 ?? {}, gone), own);
  if (isEmpty(fields)) return kept;
  const entry: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: after.apiVersion,
    time: kubeTime(wallMs),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(writer.subresource ? { subresource: writer.subresource } : {}),
  };
  const unchanged = mine && isEmpty(changed) && JSON.stringify(mine.fieldsV1) === JSON.stringify(fields);
  return [...kept, unchanged && mine ? mine : entry];
}
