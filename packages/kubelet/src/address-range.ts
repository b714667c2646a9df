/** Pod addresses of one node, given out one after the other, as a node's address plugin does. */
import type { Pod } from './pod.ts';

export interface AddressRange {
  /** The node's own: the first one. */
  readonly first: string;
  /** The pod's, the same until it is released. @throws when none is free */
  of(pod: Pod): string;
  release(pod: Pod): void;
}

/** Of a /24: `10.244.1.0` gives 10.244.1.2 to 10.244.1.254. A released one is used again last. */
export function addressRange(network: string): AddressRange {
  const prefix = network.replace(/\.0$/, '');
  const free = Array.from({ length: 253 }, (_, index) => `${prefix}.${index + 2}`);
  const given = new Map<string, string>();
  return {
    first: `${prefix}.1`,
    of({ metadata: { uid } }) {
      const address = given.get(uid) ?? free.shift();
      if (address === undefined) throw new Error(`no address of ${network}/24 is free`);
      given.set(uid, address);
      return address;
    },
    release({ metadata: { uid } }) {
      const address = given.get(uid);
      if (address !== undefined) free.push(address);
      given.delete(uid);
    },
  };
}
