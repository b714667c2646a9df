/** Records of a reflector by a field of theirs, e.g. pods by ReplicaSet. */

export interface GroupedBy<T> {
  /** Same arguments as a reflector's `onChange`. */
  change(key: string, now: T | undefined, before: T | undefined): void;
  /** Records of one group; empty when there is none. */
  of(group: string): Iterable<T>;
}

export function groupedBy<T>(groupOf: (record: T) => string): GroupedBy<T> {
  const groups = new Map<string, Map<string, T>>();

  return {
    change(key, now, before) {
      const was = before === undefined ? undefined : groupOf(before);
      const is = now === undefined ? undefined : groupOf(now);
      if (was !== undefined && was !== is) {
        const group = groups.get(was);
        group?.delete(key);
        if (group?.size === 0) groups.delete(was);
      }
      if (now === undefined || is === undefined) return;
      const group = groups.get(is);
      if (group === undefined) groups.set(is, new Map([[key, now]]));
      else group.set(key, now);
    },
    of: (group) => groups.get(group)?.values() ?? [],
  };
}
