import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cidr, formatIp, inCidrs, parseIp, readCidr } from './ip-address.ts';

function blocks(...texts: string[]): Cidr[] {
  return texts.map((text) => {
    const block = readCidr(text);
    if (block === null) throw new Error(text);
    return block;
  });
}

test('an address is found in its block and not beside it', () => {
  const trusted = blocks('10.0.0.0/8', '192.0.2.7', 'fd00::/8');
  expect(['10.255.0.1', '192.0.2.7', 'fdff::1', '::ffff:10.1.2.3'].map((ip) => inCidrs(ip, trusted))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['11.0.0.0', '192.0.2.8', 'fe00::1', '', 'example.org', '::10.0.0.1'].some((ip) => inCidrs(ip, trusted))).toBe(
    false,
  );
});

test('host bits of a block do not matter', () => {
  expect(inCidrs('10.9.9.9', blocks('10.1.2.3/8'))).toBe(true);
});

test('every IPv4 address is in 0.0.0.0/0, none in another single address', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), (a, b) => inCidrs(a, blocks('0.0.0.0/0')) && inCidrs(a, blocks(b)) === (a === b)),
  );
});

test('every spelling of an IPv6 address that Node accepts has the value of its full form', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const parsed = parseIp(address);
      const url = new URL(`http://[${address}]/`).hostname.slice(1, -1);
      return parsed !== null && parseIp(url)?.value === parsed.value;
    }),
  );
});

test.each([
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '1:2',
  ':::',
  '1::2::3',
  '12345::',
  'g::',
  '1:2:3:4:5:6:7:8:9',
  '::1%eth0',
  '1:2:3:4:5:6:7:8::',
])('%s is no address', (text) => {
  expect(parseIp(text)).toBeNull();
});

test('addresses are written as RFC 5952 wants them, and read back as they were', () => {
  const written = (text: string) => formatIp(6, parseIp(text)!.value);
  const canonical = [
    '::',
    '::1',
    '1::',
    'fe80::1',
    '2001:db8::1:0:0:1',
    '2001:db8:0:1:1:1:1:1',
    '1:0:0:2::3',
    '::10:0:0:0',
  ];
  expect(canonical.map(written)).toEqual(canonical);
  expect(written('2001:DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
  expect(formatIp(4, 0x0a000001n)).toBe('10.0.0.1');
  expect(formatIp(6, 0xffff_0a000001n)).toBe('10.0.0.1');
  // Zeros are likely: runs of them are what is hard.
  const group = fc.oneof(fc.constant(0n), fc.bigInt(0n, 0xffffn));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const value = groups.reduce((sum, each) => (sum << 16n) | each, 0n);
      const read = parseIp(formatIp(6, value))!;
      const mapped = value >> 32n === 0xffffn;
      expect(read).toEqual(mapped ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value });
    }),
  );
});
