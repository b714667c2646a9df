/** A memory that forgets the oldest where there is too much. */

const MAX_KNOWN = 4_096;

/** Sets the entry as the newest. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_KNOWN) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
