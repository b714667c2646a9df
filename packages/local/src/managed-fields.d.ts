/** `metadata.managedFields`: who wrote which field, by which operation and when. */
import { type JsonObject } from './json.ts';
import { type KubeObject, type ManagedFieldsEntry } from './objects.ts';
/** Who writes, and through which door. */
export interface Writer {
  /** `fieldManager` of the query, else the User-Agent up to its first `/`. */
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status' | 'scale';
}
/**
 * Entries after a write that turned `before` into `after`: the writer gains what it changed, everybody else loses it,
 * and what is gone belongs to nobody.
 * @param applied what a server-side apply sent, all of which it owns; undefined for other writes
 */
export declare function trackWrite(
  before: KubeObject | null,
  after: KubeObject,
  writer: Writer,
  wallMs: number,
  applied?: JsonObject,
): ManagedFieldsEntry[];
