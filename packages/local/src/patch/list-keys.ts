/** Which lists of Kubernetes objects are keyed, and by what: the `patchMergeKey` tags of upstream's types. */

const KEYS = new Map([
  ['containers', 'name'],
  ['initContainers', 'name'],
  ['ephemeralContainers', 'name'],
  ['volumes', 'name'],
  ['env', 'name'],
  ['imagePullSecrets', 'name'],
  ['secrets', 'name'],
  ['resourceClaims', 'name'],
  ['volumeMounts', 'mountPath'],
  ['volumeDevices', 'devicePath'],
  ['conditions', 'type'],
  ['addresses', 'type'],
  ['ownerReferences', 'uid'],
  ['hostAliases', 'ip'],
  ['podIPs', 'ip'],
  ['hostIPs', 'ip'],
  ['topologySpreadConstraints', 'topologyKey'],
]);

/** The key that tells the elements of list `field` apart, or undefined for lists that are replaced whole. */
export function listKey(field: string, kind: string): string | undefined {
  if (field === 'ports') return kind === 'Service' ? 'port' : 'containerPort';
  return KEYS.get(field);
}

/** Lists of plain values that are merged as sets. */
export function isSet(field: string): boolean {
  return field === 'finalizers';
}
