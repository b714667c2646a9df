/** The records a reflector holds: upserts and deletions by object, told as changes of the projected records. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './objects.ts';

export interface RecordsOptions<Raw, T> {
  /** The little that is kept of an object; null = not of interest. Must not keep parts of `raw` it does not need. */
  project(raw: Raw): T | null;
  /** Unique over all records; may change when an object is deleted and made anew under its name. */
  key(record: T): string;
  /** `now` undefined = gone, `before` undefined = new. Not called when the record is deeply equal to the one held. */
  onChange(key: string, now: T | undefined, before: T | undefined): void;
}

export interface ReflectedRecords<Raw, T> {
  readonly byKey: ReadonlyMap<string, T>;
  upsert(raw: Raw): void;
  remove(raw: KubeObject): void;
  /** Removes what was not upserted since `beginList()`. */
  beginList(): void;
  endList(): void;
}

export function reflectedRecords<Raw extends KubeObject, T>(options: RecordsOptions<Raw, T>): ReflectedRecords<Raw, T> {
  const byKey = new Map<string, T>();
  /** Key of the record by the object's `namespace/name`, which a deletion is known by even if it projects to null. */
  const keyById = new Map<string, string>();
  let listed: Set<string> | undefined;

  function drop(id: string): void {
    const key = keyById.get(id);
    if (key === undefined) return;
    keyById.delete(id);
    const before = byKey.get(key);
    byKey.delete(key);
    options.onChange(key, undefined, before);
  }

  return {
    byKey,
    upsert(raw) {
      const id = idOf(raw);
      listed?.add(id);
      const now = options.project(raw);
      if (now === null) {
        drop(id);
        return;
      }
      const key = options.key(now);
      if (keyById.get(id) !== key) {
        drop(id);
        keyById.set(id, key);
      }
      const before = byKey.get(key);
      byKey.set(key, now);
      if (before === undefined || !isDeepStrictEqual(before, now)) options.onChange(key, now, before);
    },
    remove: (raw) => drop(idOf(raw)),
    beginList() {
      listed = new Set();
    },
    endList() {
      for (const id of [...keyById.keys()]) if (!listed?.has(id)) drop(id);
      listed = undefined;
    },
  };
}

function idOf(raw: KubeObject): string {
  return raw.metadata.namespace === undefined ? raw.metadata.name : `${raw.metadata.namespace}/${raw.metadata.name}`;
}
