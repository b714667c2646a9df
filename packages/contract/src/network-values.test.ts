import { expect, test } from 'vitest';
import { isHostPattern, port, route } from './network-values.ts';

test('host patterns', () => {
  for (const good of ['a', 'a-b.c1', '*.example.org', '*', `${'a'.repeat(63)}.org`])
    expect([good, isHostPattern(good)]).toEqual([good, true]);
  for (const bad of [
    '',
    '.',
    'a.',
    '-a',
    'a_b',
    'A',
    '*a.org',
    'a.*',
    '**',
    `${'a'.repeat(64)}.org`,
    `${'a.'.repeat(127)}ab`,
    'a b',
  ]) {
    expect([bad, isHostPattern(bad)]).toEqual([bad, false]);
  }
});

test('a route is lower-cased in its host only, and loses a trailing slash', () => {
  const read = (text: string) => {
    const parsed = route().parse(text);
    return parsed.ok ? parsed.value : null;
  };
  expect(read('Shop.Example.ORG/Api/V1/')).toBe('shop.example.org/Api/V1');
  expect(read('a.org/')).toBe('a.org');
  expect(read('a.org/%2F')).toBe('a.org/%2F');
  expect(read('a.org/%2')).toBeNull();
});

test('a port is a number or a name', () => {
  expect(port().parse('8080')).toEqual({ ok: true, value: 8080 });
  expect(port().parse('http')).toEqual({ ok: true, value: 'http' });
});
