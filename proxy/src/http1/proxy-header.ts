/** Reads the header of the PROXY protocol, version 1 or 2 (haproxy.org/download/3.0/doc/proxy-protocol.txt), strictly. */
import { formatIp, parseIp } from '@rouse/contract';
import { CR, LF } from './octets.ts';

/** Longest header taken; version 1 itself allows 107 bytes, and no balancer's fields (TLV) of version 2 come near it. */
export const MOST_HEADER_BYTES = 4_096;
const MOST_LINE_BYTES = 107;

const SIGNATURE_1 = Buffer.from('PROXY ');
const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const FIXED_BYTES_2 = 16;

const LOCAL = 0x20;
const PROXY = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;
/** Other families and transports of the specification: valid, without an address of use here. */
const WITHOUT_ADDRESS = new Set([0x00, 0x12, 0x22, 0x31, 0x32]);
/** Both addresses and ports, by family. */
const ADDRESS_BYTES = new Map([
  [TCP4, 12],
  [TCP6, 36],
]);

export interface ProxyHeader {
  /** Length of the header; what follows is the connection's own. */
  readonly bytes: number;
  /** The client's IP literal; null where the sender speaks for itself (a health check) or does not know: the peer's own counts. */
  readonly address: string | null;
}

/** Reads what begins at `bytes[0]`, of which `length` bytes are there. */
export function readProxyHeader(bytes: Buffer, length: number): ProxyHeader | 'incomplete' | 'malformed' {
  if (begins(bytes, length, SIGNATURE_2)) return length < FIXED_BYTES_2 ? 'incomplete' : readBinary(bytes, length);
  if (begins(bytes, length, SIGNATURE_1)) return readLine(bytes, length);
  return 'malformed';
}

/** As far as it is there. */
function begins(bytes: Buffer, length: number, signature: Buffer): boolean {
  const known = Math.min(length, signature.length);
  return bytes.compare(signature, 0, known, 0, known) === 0;
}

function readBinary(bytes: Buffer, length: number): ProxyHeader | 'incomplete' | 'malformed' {
  const command = bytes[12]!;
  const family = bytes[13]!;
  const total = FIXED_BYTES_2 + bytes.readUInt16BE(14);
  if ((command !== LOCAL && command !== PROXY) || total > MOST_HEADER_BYTES) return 'malformed';
  const addressBytes = command === LOCAL ? 0 : ADDRESS_BYTES.get(family);
  if (addressBytes === undefined && !WITHOUT_ADDRESS.has(family)) return 'malformed';
  if (total - FIXED_BYTES_2 < (addressBytes ?? 0)) return 'malformed';
  if (length < total) return 'incomplete';
  return { bytes: total, address: addressBytes ? sourceOf(bytes, family === TCP4 ? 4 : 6) : null };
}

function sourceOf(bytes: Buffer, family: 4 | 6): string {
  const end = FIXED_BYTES_2 + (family === 4 ? 4 : 16);
  return formatIp(family, BigInt(`0x${bytes.toString('hex', FIXED_BYTES_2, end)}`));
}

function readLine(bytes: Buffer, length: number): ProxyHeader | 'incomplete' | 'malformed' {
  const end = bytes.subarray(0, Math.min(length, MOST_LINE_BYTES)).indexOf(LF);
  if (end === -1) return length < MOST_LINE_BYTES ? 'incomplete' : 'malformed';
  if (bytes[end - 1] !== CR) return 'malformed';
  const line = bytes.toString('latin1', SIGNATURE_1.length, end - 1);
  // What follows UNKNOWN is to be ignored up to the end of the line.
  if (/^UNKNOWN(?: [^\r]*)?$/.test(line)) return { bytes: end + 1, address: null };
  const [protocol, source = '', destination = '', ...ports] = line.split(' ');
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : 0;
  if (ports.length !== 2 || !ports.every(isPort)) return 'malformed';
  if (!isOfFamily(source, family) || !isOfFamily(destination, family)) return 'malformed';
  const ip = parseIp(source)!;
  return { bytes: end + 1, address: formatIp(ip.family, ip.value) };
}

/** By its form: an IPv4-mapped IPv6 address is of TCP6. */
function isOfFamily(address: string, family: 0 | 4 | 6): boolean {
  return parseIp(address) !== null && address.includes(':') === (family === 6) && family !== 0;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535;
}
