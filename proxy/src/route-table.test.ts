import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RouteTable } from './route-table.ts';

function table(...patterns: string[]): RouteTable<string> {
  return new RouteTable(patterns.map((pattern) => [pattern, pattern] as const));
}

test('an exact host wins over wildcards, the longest suffix over shorter ones, and those over *', () => {
  const routes = table('*', '*.org', '*.example.org', 'a.example.org');
  expect(routes.find('a.example.org', '/')).toBe('a.example.org');
  expect(routes.find('b.example.org', '/')).toBe('*.example.org');
  expect(routes.find('x.b.example.org', '/')).toBe('*.example.org');
  expect(routes.find('example.org', '/')).toBe('*.org');
  expect(routes.find('example.net', '/')).toBe('*');
});

test('a wildcard does not match its bare suffix or an empty label', () => {
  const routes = table('*.example.org');
  expect(routes.find('example.org', '/')).toBeNull();
  expect(routes.find('.example.org', '/')).toBeNull();
});

test('the longest path prefix wins, by whole segments of the raw path', () => {
  const routes = table('h', 'h/api', 'h/api/v1/');
  expect(routes.find('h', '/api/v1')).toBe('h/api/v1/');
  expect(routes.find('h', '/api/v1/x')).toBe('h/api/v1/');
  expect(routes.find('h', '/api/v10')).toBe('h/api');
  expect(routes.find('h', '/apis')).toBe('h');
  expect(routes.find('h', '/%61pi')).toBe('h');
  expect(routes.find('h', '*')).toBe('h');
});

test('a host of which only paths are claimed leaves the rest to wider patterns', () => {
  const routes = table('a.example.org/api', '*.example.org');
  expect(routes.find('a.example.org', '/')).toBe('*.example.org');
  expect(routes.find('a.example.org', '/api')).toBe('a.example.org/api');
});

test('hosts named like members of Object are hosts like any other', () => {
  const routes = table('constructor', '__proto__/x');
  expect(routes.find('constructor', '/')).toBe('constructor');
  expect(routes.find('__proto__', '/x/y')).toBe('__proto__/x');
  expect(routes.find('tostring', '/')).toBeNull();
  expect(routes.find('__proto__', '/')).toBeNull();
});

const label = fc.constantFrom('a', 'b', 'c');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const path = fc.array(label, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
const pattern = fc
  .tuple(
    fc.oneof(
      host,
      host.map((h) => `*.${h}`),
      fc.constant('*'),
    ),
    fc.oneof(fc.constant(''), path),
  )
  .map(([h, p]) => `${h}${p === '/' ? '' : p}`);

/** The rule written as a search over all claims, slowly. */
function slowFind(patterns: readonly string[], h: string, p: string): string | null {
  let best: string | null = null;
  let bestScore = [-1, -1];
  for (const claim of patterns) {
    const slash = claim.indexOf('/');
    const claimHost = slash === -1 ? claim : claim.slice(0, slash);
    const prefix = slash === -1 ? '' : claim.slice(slash);
    const hostScore =
      claimHost === h
        ? 1000
        : claimHost === '*'
          ? 0
          : claimHost[0] === '*' && h.endsWith(claimHost.slice(1))
            ? claimHost.length
            : -1;
    if (hostScore < 0 || !(prefix === '' || p === prefix || p.startsWith(`${prefix}/`))) continue;
    if (hostScore > bestScore[0]! || (hostScore === bestScore[0] && prefix.length > bestScore[1]!)) {
      best = claim;
      bestScore = [hostScore, prefix.length];
    }
  }
  return best;
}

test('the table finds what a search over all claims finds', () => {
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), host, path, (patterns, h, p) => {
      expect(table(...patterns).find(h, p)).toBe(slowFind(patterns, h, p));
    }),
    { numRuns: 500 },
  );
});
