import { expect, test } from 'vitest';
import { entry, pod } from './path-fixture.ts';
import { isLocalAddress, podAddressProblem } from './pod-address.ts';

test.each([
  '127.0.0.1',
  '127.255.0.9',
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '224.0.0.1',
  '239.1.1.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::127.0.0.1',
  'fe80::1',
  'febf::1',
  'ff02::1',
  'localhost',
  '',
])('%s is no address of a pod', (address) => {
  expect(isLocalAddress(address)).toBe(true);
});

test.each([
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.0.1',
  '223.255.255.255',
  'fd00::1',
  'fec0::1',
  '2001:db8::1',
])('%s may be a pod', (address) => {
  expect(isLocalAddress(address)).toBe(false);
});

test('the problem names the pod that has it', () => {
  const problem = podAddressProblem(entry('web', [pod('a'), pod('b', { address: '127.0.0.1' })]), 'workloads[3].');
  expect(problem).toMatchObject({ key: 'workloads[3].pods[1].address', value: '127.0.0.1' });
});
