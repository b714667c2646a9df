import { formatIp } from '@rouse/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_HEADER_BYTES, readProxyHeader } from './proxy-header.ts';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

function read(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  return readProxyHeader(bytes, bytes.length);
}

/** Version 2. @param command byte 13, @param family byte 14, @param block addresses and further fields */
function binary(command: number, family: number, block: Buffer, announced = block.length): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(announced);
  return `${SIGNATURE}${String.fromCharCode(command, family)}${length.toString('latin1')}${block.toString('latin1')}`;
}

const V4_BLOCK = Buffer.from('c00002010a000001ddd51f90', 'hex');

test.each([
  ['PROXY TCP4 192.0.2.1 10.0.0.1 56789 8080\r\n', '192.0.2.1'],
  ['PROXY TCP6 2001:DB8:0::1 fd00::1 0 65535\r\n', '2001:db8::1'],
  ['PROXY TCP6 ::ffff:192.0.2.1 ::ffff:10.0.0.1 1 2\r\n', '192.0.2.1'],
  ['PROXY UNKNOWN\r\n', null],
  ['PROXY UNKNOWN ffff:f...f:ffff whatever stands here\r\n', null],
  [binary(0x21, 0x11, V4_BLOCK), '192.0.2.1'],
  [binary(0x21, 0x21, Buffer.concat([Buffer.from('20010db8'.padEnd(32, '0'), 'hex'), Buffer.alloc(20)])), '2001:db8::'],
  [binary(0x21, 0x11, Buffer.concat([V4_BLOCK, Buffer.from('\x04\0\x05junk!', 'latin1')])), '192.0.2.1'],
  [binary(0x20, 0x00, Buffer.alloc(0)), null],
  [binary(0x20, 0xff, Buffer.alloc(3)), null],
  [binary(0x21, 0x00, Buffer.alloc(0)), null],
  [binary(0x21, 0x31, Buffer.alloc(216)), null],
  [binary(0x21, 0x12, V4_BLOCK), null],
])('%j names %j', (text, address) => {
  expect(read(text!)).toEqual({ bytes: text!.length, address });
  // The connection's own bytes follow at once.
  expect(read(`${text}GET / HTTP/1.1\r\n`)).toEqual({ bytes: text!.length, address });
});

test.each([
  'GET / HTTP/1.1\r\n',
  'proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n',
  'PROXY\tTCP4 192.0.2.1 10.0.0.1 1 2\r\n',
  'PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 1 2 \r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n',
  'PROXY TCP4 192.0.2.01 10.0.0.1 1 2\r\n',
  'PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n',
  'PROXY TCP4 ::1 ::1 1 2\r\n',
  'PROXY TCP4 192.0.2.1 ::1 1 2\r\n',
  'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
  'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 -1 2\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n',
  'PROXY TCP5 192.0.2.1 10.0.0.1 1 2\r\n',
  'PROXY UNKNOWNS\r\n',
  'PROXY \r\n',
  `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`,
  `PROXY TCP4 ${'1'.repeat(200)}`,
  binary(0x11, 0x11, V4_BLOCK),
  binary(0x22, 0x11, V4_BLOCK),
  binary(0x21, 0x13, V4_BLOCK),
  binary(0x21, 0x41, V4_BLOCK),
  binary(0x21, 0x11, V4_BLOCK.subarray(0, 11)),
  binary(0x21, 0x21, V4_BLOCK),
  binary(0x21, 0x11, V4_BLOCK, MOST_HEADER_BYTES),
])('%j is malformed', (text) => {
  expect(read(text)).toBe('malformed');
});

const anyHeader = fc.oneof(
  fc
    .record({
      four: fc.boolean(),
      address: fc.bigInt(0n, (1n << 128n) - 1n),
      port: fc.integer({ min: 0, max: 65_535 }),
    })
    .map(({ four, address, port }) => {
      const source = four ? formatIp(4, address & 0xffff_ffffn) : formatIp(6, address | (1n << 127n));
      const other = four ? '10.0.0.1' : 'fd00::1';
      return { text: `PROXY TCP${four ? 4 : 6} ${source} ${other} ${port} 80\r\n`, address: source as string | null };
    }),
  fc.record({ four: fc.boolean(), block: fc.uint8Array({ minLength: 36, maxLength: 300 }) }).map(({ four, block }) => {
    const value = BigInt(`0x${Buffer.from(block).toString('hex', 0, four ? 4 : 16)}`);
    return { text: binary(0x21, four ? 0x11 : 0x21, Buffer.from(block)), address: formatIp(four ? 4 : 6, value) };
  }),
  fc.uint8Array({ maxLength: 50 }).map((block) => ({ text: binary(0x20, 0, Buffer.from(block)), address: null })),
);

test('a header is read whole and no further, and any part of it is incomplete, never another header', () => {
  fc.assert(
    fc.property(anyHeader, fc.string({ unit: 'binary-ascii' }), ({ text, address }, rest) => {
      expect(read(text + rest)).toEqual({ bytes: text.length, address });
      for (let length = 0; length < text.length; length++) expect(read(text.slice(0, length))).toBe('incomplete');
    }),
    { numRuns: 60 },
  );
});

test('a header with one byte changed never throws, and never takes more than there is', () => {
  fc.assert(
    fc.property(anyHeader, fc.nat(), fc.nat(255), ({ text }, at, byte) => {
      const bytes = Buffer.from(text, 'latin1');
      bytes[at % bytes.length] = byte;
      const result = readProxyHeader(bytes, bytes.length);
      if (typeof result === 'object') expect(result.bytes).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
