/** Order of resource versions: decimal numbers that only grow (Kubernetes makes them comparable from 1.35 on, KEP-5504). */

/** True when `version` is at least as new as `than`; unreadable ones count as newer, since they come from the API. */
export function isNewer(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return true;
  return version.length === than.length ? version >= than : version.length > than.length;
}
