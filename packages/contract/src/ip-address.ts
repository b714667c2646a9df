/** IP addresses and blocks of them, as numbers. */

function ipv4Value(address: string): bigint | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (match === null) return null;
  let value = 0n;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return null;
    value = value * 256n + BigInt(octet);
  }
  return value;
}

function ipv6Value(address: string): bigint | null {
  let groupsText = address;
  let tail: bigint | null = null;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted !== null) {
    tail = ipv4Value(dotted[2]!);
    if (tail === null) return null;
    groupsText = `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  }
  const halves = groupsText.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const count = groups.reduce((sum, half) => sum + half.length, 0);
  if (halves.length === 1 ? count !== 8 : count > 7) return null;
  const filled = [...groups[0]!, ...Array<string>(8 - count).fill('0'), ...(groups[1] ?? [])];
  let value = 0n;
  for (const group of filled) {
    if (!/^[0-9A-Fa-f]{1,4}$/.test(group)) return null;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return value;
}

/** An IP literal as family and number; IPv4-mapped IPv6 (`::ffff:10.0.0.1`) counts as IPv4. Null where it is none. */
export function parseIp(address: string): { readonly family: 4 | 6; readonly value: bigint } | null {
  const four = ipv4Value(address);
  if (four !== null) return { family: 4, value: four };
  const six = ipv6Value(address);
  if (six === null) return null;
  return six >> 32n === 0xffffn ? { family: 4, value: six & 0xffff_ffffn } : { family: 6, value: six };
}

/**
 * The literal of an address, as `parseIp` reads it: dotted for IPv4 and for IPv4-mapped IPv6, else as RFC 5952 wants IPv6.
 */
export function formatIp(family: 4 | 6, value: bigint): string {
  if (family === 4 || value >> 32n === 0xffffn) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const text = groups.join(':');
  // The longest run of two or more zero groups, the first of equals.
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].sort((a, b) => b[0].length - a[0].length);
  const run = runs[0];
  if (run === undefined) return text;
  const before = text.slice(0, run.index).replace(/:$/, '');
  const after = text.slice(run.index + run[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/** A block of addresses, e.g. `10.0.0.0/8`. */
export interface Cidr {
  readonly text: string;
  readonly family: 4 | 6;
  /** First address of the block. */
  readonly network: bigint;
  readonly prefixBits: number;
}

/** An IP address (a block of one) or CIDR notation; null where it is neither. */
export function readCidr(value: string): Cidr | null {
  const [address = '', bits, ...rest] = value.split('/');
  const ip = parseIp(address);
  if (ip === null || rest.length > 0) return null;
  const width = ip.family === 4 ? 32 : 128;
  if (bits !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(bits)) return null;
  // The prefix of an IPv4-mapped address would count from the IPv6 side; it is refused rather than guessed.
  if (bits !== undefined && ip.family === 4 && address.includes(':')) return null;
  const prefixBits = bits === undefined ? width : Number(bits);
  if (prefixBits > width) return null;
  const hostBits = BigInt(width - prefixBits);
  return { text: value, family: ip.family, network: (ip.value >> hostBits) << hostBits, prefixBits };
}

/** True when `address` (an IP literal) lies in one of the blocks. */
export function inCidrs(address: string, blocks: readonly Cidr[]): boolean {
  const ip = parseIp(address);
  if (ip === null) return false;
  return blocks.some((block) => {
    const hostBits = BigInt((block.family === 4 ? 32 : 128) - block.prefixBits);
    return block.family === ip.family && ip.value >> hostBits === block.network >> hostBits;
  });
}
