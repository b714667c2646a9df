/** Who wrote a field last, from an object's managedFields. */
import type { ManagedFields } from '@rouse/kube';

/** The field manager named in every write of ours. */
export const FIELD_MANAGER = 'rouse-operator';

/**
 * Managers that own the field at `path` (without `f:`), e.g. `['spec', 'replicas']`. An update takes the field from all
 * others, so more than one means that they applied the same value.
 */
export function fieldOwners(managedFields: readonly ManagedFields[] | undefined, path: readonly string[]): string[] {
  const owners: string[] = [];
  for (const entry of managedFields ?? []) {
    let at: unknown = entry.fieldsV1;
    for (const name of path) {
      at = typeof at === 'object' && at !== null ? Reflect.get(at, `f:${name}`) : undefined;
    }
    if (at !== undefined && entry.manager !== undefined) owners.push(entry.manager);
  }
  return owners;
}
