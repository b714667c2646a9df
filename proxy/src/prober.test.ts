import type { Probe } from '@rouse/contract';
import { expect, test } from 'vitest';
import { entry, pathFixture, pod } from './path-fixture.ts';

const probe: Probe = { kind: 'http', port: 9000, path: '/ready', timeoutMs: 1000 };
const starting = pod('a', { phase: 'starting', probe });

test('a starting pod is tried at once, then each second while nobody waits', () => {
  const { fleet, clock, attempts } = pathFixture();
  fleet.replace([entry('web', [starting])], 1);
  expect(attempts).toHaveLength(1);
  expect(attempts[0]!.target).toMatchObject({ address: '10.0.0.1', probe });
  attempts[0]!.done(false);
  clock.advance(999);
  expect(attempts).toHaveLength(1);
  clock.advance(1);
  expect(attempts).toHaveLength(2);
});

test('while a request waits the pod is tried each 50 ms, with fresh connects beside those that hang', () => {
  const { fleet, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [starting])], 1);
  clock.advance(300);
  const held = arrive('web');
  expect(attempts).toHaveLength(2);
  clock.advance(500);
  expect(attempts).toHaveLength(12);
  attempts.at(-1)!.done(true);
  expect(held.at).toBe('a');
  expect(attempts.filter((attempt) => attempt.cancelled)).toHaveLength(11);
  clock.advance(5000);
  expect(attempts).toHaveLength(12);
});

test('an app that accepted the connection is given the time to answer', () => {
  const { fleet, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [starting])], 1);
  arrive('web');
  attempts[0]!.connected();
  clock.advance(900);
  expect(attempts).toHaveLength(1);
  attempts[0]!.done(false);
  clock.advance(50);
  expect(attempts).toHaveLength(2);
});

test('a pod that has no probe and is not Ready is left to the API', () => {
  const { fleet, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a', { phase: 'starting' })])], 1);
  const held = arrive('web');
  clock.advance(2000);
  expect(attempts).toHaveLength(0);
  fleet.put(entry('web', [pod('a')]), 1);
  expect(held.at).toBe('a');
});

test('a pod that leaves is no longer tried, and an attempt under way is given up', () => {
  const { fleet, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [starting])], 1);
  arrive('web');
  fleet.put(entry('web', []), 1);
  expect(attempts.every((attempt) => attempt.cancelled)).toBe(true);
  const before = attempts.length;
  clock.advance(3000);
  expect(attempts).toHaveLength(before);
});

test('a pod that refused a connect is tried until it takes one, and gets no request meanwhile', () => {
  const { fleet, path, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  path.failed(exchange, 'connect', 'unsent');
  expect(attempts[0]!.target.probe).toMatchObject({ kind: 'tcp', port: 8080 });
  clock.advance(50);
  expect(attempts).toHaveLength(2);
  expect(arrive('web').last).toBe('hold');
  attempts[1]!.done(true);
  expect(exchange.at).toBe('a');
});
