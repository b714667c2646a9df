/** Field names that the engine itself acts on, found by their bytes without making a string. */
import { FOLDED } from './octets.ts';

export const OTHER = 0;
export const HOST = 1;
export const CONTENT_LENGTH = 2;
export const TRANSFER_ENCODING = 3;
export const CONNECTION = 4;
/** Keep-Alive, the one of the hop-by-hop fields that is read. */
export const KEEP_ALIVE = 5;
/** Hop-by-hop fields that are only removed. */
export const HOP_BY_HOP = 6;
export const TE = 7;
export const UPGRADE = 8;
export const EXPECT = 9;
export const VIA = 10;
export const MAX_FORWARDS = 11;
export const DATE = 12;
export const FORWARDED = 13;
export const X_FORWARDED_FOR = 14;
export const X_FORWARDED_PROTO = 15;
export const X_FORWARDED_HOST = 16;
/** Whatever else claims to tell where a request came from, or what it asked for. */
export const CLAIMED_ORIGIN = 17;
export const X_REQUEST_ID = 18;

const NAMES: readonly (readonly [string, number])[] = [
  ['host', HOST],
  ['content-length', CONTENT_LENGTH],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['connection', CONNECTION],
  ['keep-alive', KEEP_ALIVE],
  ['proxy-connection', HOP_BY_HOP],
  ['proxy-authenticate', HOP_BY_HOP],
  ['proxy-authorization', HOP_BY_HOP],
  ['http2-settings', HOP_BY_HOP],
  ['te', TE],
  ['upgrade', UPGRADE],
  ['expect', EXPECT],
  ['via', VIA],
  ['max-forwards', MAX_FORWARDS],
  ['date', DATE],
  ['forwarded', FORWARDED],
  ['x-forwarded-for', X_FORWARDED_FOR],
  ['x-forwarded-proto', X_FORWARDED_PROTO],
  ['x-forwarded-host', X_FORWARDED_HOST],
  ['x-request-id', X_REQUEST_ID],
  ['x-real-ip', CLAIMED_ORIGIN],
  ['x-original-url', CLAIMED_ORIGIN],
  ['x-rewrite-url', CLAIMED_ORIGIN],
];

interface Known {
  readonly name: Buffer;
  readonly id: number;
}

function slot(length: number, first: number): number {
  return ((length & 31) << 5) | (first & 31);
}

const bySlot: (readonly Known[] | null)[] = new Array(1024).fill(null);
for (const [name, id] of NAMES) {
  const index = slot(name.length, name.charCodeAt(0));
  bySlot[index] = [...(bySlot[index] ?? []), { name: Buffer.from(name), id }];
}

const X_FORWARDED_PREFIX = Buffer.from('x-forwarded-');

function startsWith(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) {
    if (FOLDED[bytes[start + index]!] !== name[index]) return false;
  }
  return true;
}

/** Id of the field name `bytes[start, end)`; case does not matter. Only fields about the origin have underscore twins. */
export function knownField(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const first = FOLDED[bytes[start]!]!;
  const candidates = bySlot[slot(length, first)]!;
  if (candidates !== null) {
    for (const known of candidates) {
      if (known.name.length !== length || !startsWith(bytes, start, known.name)) continue;
      if (known.id >= FORWARDED) return hasUnderscore(bytes, start, end) ? CLAIMED_ORIGIN : known.id;
      return hasUnderscore(bytes, start, end) ? OTHER : known.id;
    }
  }
  if (first === 120 && length > X_FORWARDED_PREFIX.length && startsWith(bytes, start, X_FORWARDED_PREFIX)) {
    return CLAIMED_ORIGIN;
  }
  return OTHER;
}

function hasUnderscore(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (bytes[index] === 95) return true;
  return false;
}
