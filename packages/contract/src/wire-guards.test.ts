import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardWorkloadEntry, guardWorkloadTable } from './wire-guards.ts';

function entry(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    key: 'default/hello',
    generation: 3,
    routes: ['hello.default.example.com', '*.example.org/api'],
    limits: {
      containerConcurrency: 0,
      wakeTimeoutMs: 300_000,
      responseTimeoutMs: 300_000,
      requestTimeoutMs: 0,
      idleTimeoutMs: 0,
      queueLimit: 10_000,
      drainTimeoutMs: 300_000,
    },
    quiet: [{ kind: 'path', value: '/healthz' }],
    quietStatus: 503,
    waitingPage: false,
    alarm: 12.5,
    state: 'awake',
    blocked: { code: 'image-pull', message: 'not found' },
    pods: [
      {
        uid: 'u1',
        name: 'hello-1',
        address: '10.0.0.1',
        port: 8080,
        phase: 'ready',
        probe: { kind: 'http', port: 8080, path: '/', headers: [['x-a', 'b']], timeoutMs: 1000 },
      },
    ],
    ...change,
  };
}

function pod(change: Record<string, unknown>): Record<string, unknown> {
  return { uid: 'u1', name: 'p', address: '10.0.0.1', port: 80, phase: 'ready', probe: null, ...change };
}

test('a whole entry passes as it is, fields of a newer peer included', () => {
  const value = entry({ later: true });
  expect(guardWorkloadEntry(value)).toEqual({ ok: true, value });
  expect(guardWorkloadTable({ workloads: [value] })).toEqual({ ok: true, value: { workloads: [value] } });
});

test('a limit that an older operator does not know may be absent, and may not be malformed', () => {
  const { limits } = entry() as { limits: object };
  expect(guardWorkloadEntry(entry({ limits: { ...limits, maxBodyBytes: 1024 } })).ok).toBe(true);
  const refused = guardWorkloadEntry(entry({ limits: { ...limits, maxBodyBytes: -1 } }));
  expect(refused).toMatchObject({ ok: false, problem: { key: 'limits.maxBodyBytes' } });
});

test.each([
  ['key', entry({ key: 'hello' })],
  ['key', entry({ key: '__proto__' })],
  ['generation', entry({ generation: -1 })],
  ['routes[1]', entry({ routes: ['a', 'Upper.example'] })],
  ['limits.containerConcurrency', entry({ limits: { queueLimit: '5' } })],
  ['limits', entry({ limits: null })],
  ['quiet[0].kind', entry({ quiet: [{ kind: 'host', value: 'x' }] })],
  ['quietStatus', entry({ quietStatus: 600 })],
  ['alarm', entry({ alarm: Number.NaN })],
  ['state', entry({ state: 'gone' })],
  ['blocked.code', entry({ blocked: { code: 'constructor', message: '' } })],
  ['pods', entry({ pods: undefined })],
  ['pods[0].address', entry({ pods: [pod({ address: 'example.org' })] })],
  ['pods[0].port', entry({ pods: [pod({ port: 0 })] })],
  ['pods[0].phase', entry({ pods: [pod({ phase: 'up' })] })],
  ['pods[0].probe.timeoutMs', entry({ pods: [pod({ probe: { kind: 'tcp', port: 1, timeoutMs: 0 } })] })],
  [
    'pods[0].probe.path',
    entry({ pods: [pod({ probe: { kind: 'http', port: 1, path: '/a\r\nX: y', timeoutMs: 1 } })] }),
  ],
  [
    'pods[0].probe.headers[0][1]',
    entry({ pods: [pod({ probe: { kind: 'http', port: 1, headers: [['a', 'b\r\nc: d']], timeoutMs: 1 } })] }),
  ],
  ['pods[1].uid', entry({ pods: [pod({}), pod({})] })],
])('what is wrong at %s is named', (key, value) => {
  const result = guardWorkloadEntry(value);
  expect(result).toMatchObject({ ok: false, problem: { source: 'body', key } });
  if (!result.ok) expect(result.problem.allowed.length * result.problem.fix.length).toBeGreaterThan(0);
});

test('a table tells which of its entries is wrong, and that a key stands twice', () => {
  expect(guardWorkloadTable({ workloads: [entry(), entry({ key: 'a/b', alarm: 'x' })] })).toMatchObject({
    problem: { key: 'workloads[1].alarm' },
  });
  expect(guardWorkloadTable({ workloads: [entry(), entry()] })).toMatchObject({ problem: { key: 'workloads[1].key' } });
  expect(guardWorkloadTable([])).toMatchObject({ ok: false });
  expect(guardWorkloadTable(null)).toMatchObject({ ok: false });
});

test('any JSON whatever is either refused or an entry, and nothing throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(entry())), (value, field) => {
      guardWorkloadTable(value);
      const result = guardWorkloadEntry(entry({ [field]: value }));
      if (!result.ok) expect(result.problem.key.startsWith(field)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
