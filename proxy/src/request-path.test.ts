import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entry, pathFixture, pod, type RecordedExchange } from './path-fixture.ts';

test('a request for a host nobody claims is refused, and counted for nobody', () => {
  const { path, arrive } = pathFixture();
  expect(arrive('nowhere').log).toEqual(['refuse:no-route']);
  expect(path.unrouted).toBe(1);
});

test('a warm request goes to the pod at once, and its slot is free again when it ends', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  expect(exchange.log).toEqual(['send:a']);
  const workload = fleet.workloads.get('default/web')!;
  expect([workload.inFlight, workload.arrivals, workload.completions]).toEqual([1, 1, 0]);
  exchange.end();
  expect([workload.inFlight, workload.arrivals, workload.completions]).toEqual([0, 1, 1]);
  expect(workload.pods.get('a')!.inFlight).toBe(0);
});

test('held requests are released in order of arrival, each to the emptiest pod', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const held = Array.from({ length: 6 }, () => arrive('web'));
  expect(held.map((exchange) => exchange.last)).toEqual(Array(6).fill('hold'));
  fleet.put(entry('web', [pod('a'), pod('b'), pod('c')], { limits: { containerConcurrency: 1 } }), 1);
  expect(new Set(held.slice(0, 3).map((exchange) => exchange.at))).toEqual(new Set(['a', 'b', 'c']));
  expect(held.slice(3).map((exchange) => exchange.last)).toEqual(['hold', 'hold', 'hold']);
  const freed = held[1]!.at;
  held[1]!.end();
  expect(held[3]!.at).toBe(freed);
});

test('a release without a limit per pod spreads evenly', () => {
  const { fleet, arrive, turn } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const held = Array.from({ length: 600 }, () => arrive('web'));
  fleet.put(entry('web', [pod('a'), pod('b'), pod('c')]), 1);
  turn();
  for (const uid of ['a', 'b', 'c']) expect(held.filter((exchange) => exchange.at === uid)).toHaveLength(200);
});

test('a large release leaves the event loop between batches, and keeps the order towards later arrivals', () => {
  const { fleet, arrive, turn } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const held = Array.from({ length: 300 }, () => arrive('web'));
  fleet.put(entry('web', [pod('a')]), 1);
  expect(held.filter((exchange) => exchange.at === 'a')).toHaveLength(256);
  const late = arrive('web');
  expect(late.last).toBe('hold');
  turn();
  expect(held.every((exchange) => exchange.at === 'a')).toBe(true);
  expect(late.at).toBe('a');
});

test('the first pod of a cold start gets its share while others come up, and the rest when they do not', () => {
  const { fleet, clock, attempts, turn, arrive } = pathFixture();
  const probe = { kind: 'tcp', port: 8080, timeoutMs: 1000 } as const;
  fleet.replace([entry('web', [])], 1);
  const held = Array.from({ length: 90 }, () => arrive('web'));
  const at = (uid: string) => held.filter((exchange) => exchange.at === uid).length;
  const pods = ['a', 'b', 'c'].map((uid, index) => pod(uid, { phase: 'starting', probe, address: `10.0.0.${index}` }));
  fleet.put(entry('web', pods), 1);
  attempts[0]!.done(true);
  expect([at('a'), at('b'), at('c')]).toEqual([30, 0, 0]);
  held[0]!.end();
  expect(held.filter((exchange) => exchange.log.includes('send:a'))).toHaveLength(31);
  attempts[1]!.done(true);
  expect([at('a'), at('b'), at('c')]).toEqual([31, 30, 0]);
  clock.advance(499);
  turn();
  expect(at('a') + at('b')).toBe(61);
  clock.advance(1);
  expect(at('a') + at('b')).toBe(90);
});

test('a held request whose client leaves is forgotten, wherever it stands', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [])], 1);
  const [first, middle, last] = [arrive('web'), arrive('web'), arrive('web')];
  middle.end('client-gone');
  first.end('client-gone');
  expect(fleet.workloads.get('default/web')!.held.count).toBe(1);
  fleet.put(entry('web', [pod('a')]), 1);
  expect([first.last, middle.last, last.last]).toEqual(['hold', 'hold', 'send:a']);
});

test('past queue-limit a request is refused, and the room is free again when one leaves', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [], { limits: { queueLimit: 2 } })], 1);
  const held = [arrive('web'), arrive('web')];
  expect(arrive('web').last).toBe('refuse:queue-full');
  held[0]!.end('client-gone');
  expect(arrive('web').last).toBe('hold');
});

test('held bytes are capped per workload and in all', () => {
  const { fleet, path, arrive } = pathFixture({ workloadBytes: 100, totalBytes: 150 });
  fleet.replace([entry('one', []), entry('two', [])], 1);
  const sized = (bytes: number) => (exchange: RecordedExchange) => {
    exchange.bufferedBytes = bytes;
  };
  const first = arrive('one', sized(80));
  expect(first.last).toBe('hold');
  expect(arrive('one', sized(30)).last).toBe('refuse:queue-full');
  expect(arrive('two', sized(80)).last).toBe('refuse:queue-full');
  expect(arrive('two', sized(70)).last).toBe('hold');
  first.end('client-gone');
  expect(path.room.bytes).toBe(70);
});

test('nobody is held longer than wake-timeout, and others not shorter', () => {
  const { fleet, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [], { limits: { wakeTimeoutMs: 1000 } })], 1);
  const early = arrive('web');
  clock.advance(500);
  const late = arrive('web');
  clock.advance(499);
  expect(early.last).toBe('hold');
  clock.advance(51);
  expect(early.last).toBe('refuse:wake-timeout');
  expect(late.last).toBe('hold');
  clock.advance(500);
  expect(late.last).toBe('refuse:wake-timeout');
});

test('the time at a pod does not count towards wake-timeout, earlier waiting does', () => {
  const { fleet, path, clock, attempts, arrive } = pathFixture();
  const limits = { wakeTimeoutMs: 1000 };
  fleet.replace([entry('web', [], { limits })], 1);
  const exchange = arrive('web');
  clock.advance(400);
  fleet.put(entry('web', [pod('a')], { limits }), 1);
  expect(exchange.at).toBe('a');
  clock.advance(60_000);
  path.failed(exchange, 'connect', 'unsent');
  expect(exchange.last).toBe('hold');
  const younger = arrive('web');
  clock.advance(500);
  expect(exchange.last).toBe('hold');
  clock.advance(150);
  expect([exchange.last, younger.last]).toEqual(['refuse:wake-timeout', 'hold']);
  clock.advance(500);
  expect(younger.last).toBe('refuse:wake-timeout');
  expect(attempts.length).toBeGreaterThan(0);
});

test('an armed pod is used only when nothing else is left, and that calls its removal off', () => {
  const { fleet, arrive } = pathFixture();
  const web = entry('web', [pod('open'), pod('victim', { phase: 'armed' })], { limits: { containerConcurrency: 1 } });
  fleet.replace([web], 1);
  expect(arrive('web').at).toBe('open');
  const victim = fleet.workloads.get('default/web')!.pods.get('victim')!;
  expect([victim.phase, victim.revoked]).toEqual(['armed', false]);
  const second = arrive('web');
  expect(second.at).toBe('victim');
  expect([victim.phase, victim.revoked]).toEqual(['ready', true]);
  // The same push again does not arm it: that generation is spent.
  second.end();
  fleet.put(web, 1);
  expect([victim.phase, victim.revoked]).toEqual(['ready', true]);
  fleet.put(entry('web', [pod('open'), pod('victim', { phase: 'armed' })]), 1);
  expect([victim.phase, victim.revoked]).toEqual(['armed', false]);
});

test('a closed pod gets nothing: arrivals are held until it opens', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const running = arrive('web');
  fleet.put(entry('web', [pod('a', { phase: 'closed' })]), 1);
  const held = arrive('web');
  expect([running.last, held.last]).toEqual(['send:a', 'hold']);
  expect(fleet.workloads.get('default/web')!.pods.get('a')!.connections.draining).toBe(true);
  running.end();
  expect(held.last).toBe('hold');
  fleet.put(entry('web', [pod('a')]), 1);
  expect(held.last).toBe('send:a');
});

test('a closing expires 30 s after the last sign of life, once a fresh probe is answered', () => {
  const { fleet, fencing, clock, attempts, arrive } = pathFixture();
  fencing.offer(1, 1);
  fleet.replace([entry('web', [pod('a')])], 1);
  fleet.put(entry('web', [pod('a', { phase: 'closed' })]), 1);
  const held = arrive('web');
  clock.advance(29_900);
  expect(attempts).toHaveLength(0);
  clock.advance(1200);
  expect(attempts[0]!.target).toMatchObject({ address: '10.0.0.1', probe: { kind: 'tcp', port: 8080 } });
  expect(held.last).toBe('hold');
  attempts[0]!.done(true);
  expect(held.last).toBe('send:a');
  expect(fleet.workloads.get('default/web')!.pods.get('a')!.phase).toBe('ready');
});

test('a leader that speaks again in time keeps closed pods closed', () => {
  const { fleet, fencing, leader, clock, attempts, arrive } = pathFixture();
  fencing.offer(1, 1);
  fleet.replace([entry('web', [pod('a', { phase: 'closed' })])], 1);
  const held = arrive('web');
  clock.advance(31_000);
  fencing.offer(1, 2);
  leader.sign();
  expect(attempts.every((attempt) => attempt.cancelled)).toBe(true);
  clock.advance(29_000);
  expect(held.last).toBe('hold');
});

test('a request of which nothing was sent tries another pod, and waits at the head when none is left', () => {
  const { fleet, path, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a'), pod('b')])], 1);
  const exchange = arrive('web');
  const first = exchange.at;
  path.failed(exchange, 'connect', 'unsent');
  expect(exchange.at).not.toBe(first);
  const later = arrive('web');
  path.failed(exchange, 'connect', 'unsent');
  path.failed(later, 'connect', 'unsent');
  expect(exchange.last).toBe('hold');
  const last = arrive('web');
  expect(fleet.workloads.get('default/web')!.held.head).toBe(later);
  expect(fleet.workloads.get('default/web')!.held.tail).toBe(last);
  // Both are suspect: the first that takes a connect gets them all.
  attempts[0]!.done(true);
  for (const waiting of [later, exchange, last]) expect(waiting.last).toMatch(/^send:/);
});

test('a lost request that may be sent again goes to at most two further pods', () => {
  const { fleet, path, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a'), pod('b'), pod('c'), pod('d')])], 1);
  const exchange = arrive('web');
  for (let attempt = 0; attempt < 2; attempt++) {
    const before = exchange.at;
    path.failed(exchange, 'lost', 'replayable');
    expect(exchange.at).not.toBe(before);
  }
  path.failed(exchange, 'lost', 'replayable');
  expect(exchange.last).toBe('refuse:pod-lost');
  expect(exchange.log.filter((line) => line.startsWith('send:'))).toHaveLength(3);
});

test('a request that may not be sent again is answered for what went wrong', () => {
  const { fleet, path, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a'), pod('b')])], 1);
  const faults = ['lost', 'bad-response', 'response-timeout'] as const;
  const codes = faults.map((fault) => {
    const exchange = arrive('web');
    path.failed(exchange, fault, 'never');
    return exchange.last;
  });
  expect(codes).toEqual(['refuse:pod-lost', 'refuse:bad-response', 'refuse:response-timeout']);
  expect(fleet.workloads.get('default/web')!.inFlight).toBe(0);
});

test('a pod that takes connects and drops them unread does not spin: it becomes suspect', () => {
  const { fleet, path, arrive, attempts } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  for (let attempt = 0; attempt < 3; attempt++) path.failed(exchange, 'lost', 'unsent');
  expect(exchange.last).toBe('hold');
  expect(attempts).toHaveLength(1);
});

test('ready pods that prove unreachable for 5 s fail what waits and what comes, until one is reached', () => {
  const { fleet, path, clock, attempts, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  path.failed(exchange, 'connect', 'unsent');
  clock.advance(4000);
  attempts.at(-1)!.done(false);
  expect(exchange.last).toBe('hold');
  clock.advance(1500);
  attempts.at(-1)!.done(false);
  expect(exchange.last).toBe('refuse:pod-unreachable');
  expect(arrive('web').last).toBe('refuse:pod-unreachable');
  clock.advance(1000);
  attempts.at(-1)!.done(true);
  expect(arrive('web').last).toBe('send:a');
});

test('a pod that is Ready but never listened is no proof of a broken network: its requests wait', () => {
  const { fleet, clock, attempts, arrive } = pathFixture();
  const probe = { kind: 'tcp', port: 8080, timeoutMs: 1000 } as const;
  fleet.replace([entry('web', [pod('a', { probe })])], 1);
  const exchange = arrive('web');
  for (let second = 0; second < 10; second++) {
    clock.advance(1000);
    attempts.at(-1)!.done(false);
  }
  expect(exchange.last).toBe('hold');
});

test('a known reason fails waiting and new requests early, but only while no pod can be used', () => {
  const { fleet, arrive } = pathFixture();
  const blocked = { code: 'image-pull', message: 'no such image' };
  fleet.replace([entry('web', [])], 1);
  const held = arrive('web');
  fleet.put(entry('web', [], { blocked }), 1);
  expect(held.last).toBe('refuse:image-pull');
  expect(arrive('web').last).toBe('refuse:image-pull');
  fleet.put(entry('web', [pod('a')], { blocked }), 1);
  expect(arrive('web').last).toBe('send:a');
});

test('requests held for a removed workload get an answer, and those with a new owner move to it', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [], { routes: ['web', 'shared'] })], 1);
  const [gone, moved] = [arrive('web'), arrive('shared')];
  fleet.replace([entry('heir', [pod('h')], { routes: ['shared'] })], 1);
  expect(gone.last).toBe('refuse:workload-removed');
  expect(moved.last).toBe('send:h');
  expect(fleet.workloads.get('default/heir')!.inFlight).toBe(1);
});

test('a request that comes back from a pod of a removed workload is answered, not held for ever', () => {
  const { fleet, path, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  fleet.delete('default/web');
  path.failed(exchange, 'connect', 'unsent');
  expect(exchange.last).toBe('refuse:workload-removed');
});

test('a deleted workload answers what it holds and finishes what runs', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')], { limits: { containerConcurrency: 1 } })], 1);
  const [running, held] = [arrive('web'), arrive('web')];
  expect(fleet.delete('default/web')).toBe(true);
  expect([running.last, held.last]).toEqual(['send:a', 'refuse:workload-removed']);
  running.end();
  expect(arrive('web').last).toBe('refuse:no-route');
  expect(fleet.delete('default/web')).toBe(false);
});

test('a pod keeps its requests and probe success across pushes, and loses them with its uid', () => {
  const { fleet, attempts, arrive } = pathFixture();
  const probe = { kind: 'http', port: 8080, path: '/', timeoutMs: 1000 } as const;
  fleet.replace([entry('web', [pod('a', { phase: 'starting', probe })])], 1);
  attempts[0]!.done(true);
  const exchange = arrive('web');
  expect(exchange.at).toBe('a');
  fleet.put(entry('web', [pod('a', { phase: 'starting', probe })]), 1);
  expect(fleet.workloads.get('default/web')!.pods.get('a')).toMatchObject({ inFlight: 1, usable: true });
  fleet.put(entry('web', [pod('a', { phase: 'starting' })]), 1);
  expect(fleet.workloads.get('default/web')!.pods.get('a')!.usable).toBe(false);
  fleet.put(entry('web', [pod('b')]), 1);
  expect(arrive('web').at).toBe('b');
  exchange.end();
});

test('a pod that leaves the table finishes its requests, and one that comes back still has them', () => {
  const { fleet, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')])], 1);
  const exchange = arrive('web');
  fleet.put(entry('web', []), 1);
  const workload = fleet.workloads.get('default/web')!;
  expect([...workload.leaving].map((leaving) => leaving.inFlight)).toEqual([1]);
  fleet.put(entry('web', [pod('a', { phase: 'closed' })]), 1);
  expect(workload.pods.get('a')!.inFlight).toBe(1);
  exchange.end();
  expect(workload.pods.get('a')!.inFlight).toBe(0);
});

test('quiet requests neither count nor wake nor revoke, and get their status while asleep', () => {
  const { fleet, listen, turn, arrive } = pathFixture();
  const quiet = [
    { kind: 'path', value: '/healthz' },
    { kind: 'agent', value: 'kube-probe' },
  ] as const;
  fleet.replace([entry('web', [], { quiet, quietStatus: 204 })], 1);
  const reports = listen();
  const onPath = (exchange: RecordedExchange) => {
    exchange.path = '/healthz';
  };
  expect(arrive('web', onPath).log).toEqual(['reply:204']);
  const byAgent = arrive('web', (exchange) => exchange.fields.set('user-agent', 'kube-probe/1.30'));
  expect(byAgent.log).toEqual(['reply:204']);
  turn();
  expect(reports).toHaveLength(1);
  const workload = fleet.workloads.get('default/web')!;
  expect([workload.arrivals, workload.completions, workload.counters.quiet]).toEqual([0, 0, 2]);
  fleet.put(entry('web', [pod('a', { phase: 'armed' })], { quiet }), 1);
  expect(arrive('web', onPath).log).toEqual(['reply:503']);
  fleet.put(entry('web', [pod('a')], { quiet }), 1);
  expect(arrive('web', onPath).at).toBe('a');
  expect([workload.inFlight, workload.pods.get('a')!.inFlight]).toEqual([0, 1]);
});

test('a browser gets the waiting page at once and wakes the workload; anything else waits', () => {
  const { fleet, listen, turn, arrive } = pathFixture();
  fleet.replace([entry('web', [], { waitingPage: true })], 1);
  const reports = listen();
  const asBrowser = (exchange: RecordedExchange) => exchange.fields.set('accept', 'text/html,*/*;q=0.8');
  const page = arrive('web', (exchange) => {
    asBrowser(exchange);
    exchange.fields.set('user-agent', 'Mozilla/5.0 (X11)');
  });
  expect(page.last).toBe('reply:503');
  expect(page.body).toContain('http-equiv="refresh"');
  turn();
  expect(reports.at(-1)!.workloads[0]).toMatchObject({ arrivals: 1, held: 0, wake: { by: 'Mozilla GET /' } });
  expect(arrive('web').last).toBe('hold');
  const post = arrive('web', (exchange) => {
    asBrowser(exchange);
    exchange.method = 'POST';
  });
  expect(post.last).toBe('hold');
});

test('without a leader for long, no request goes to an address the proxy is not connected to', () => {
  const { fleet, fencing, leader, clock, arrive } = pathFixture();
  fencing.offer(1, 1);
  fleet.replace([entry('web', [pod('a')])], 1);
  clock.advance(59_000);
  expect(arrive('web').last).toBe('send:a');
  clock.advance(2100);
  const held = arrive('web');
  expect(held.last).toBe('hold');
  fencing.offer(1, 2);
  leader.sign();
  expect(held.last).toBe('send:a');
});

type Step = { readonly do: 'arrive' | 'end' | 'fail' | 'push'; readonly at: number; readonly pods: number };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('arrive', 'arrive', 'end', 'fail', 'push'),
  at: fc.nat(50),
  pods: fc.integer({ min: 0, max: 10 }),
});

test('container-concurrency is never exceeded and no request is lost, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 3 }), (steps, slots) => {
      const { fleet, path, turn, attempts, arrive } = pathFixture();
      const push = (pods: number) => {
        const entries = Array.from({ length: pods }, (_, index) =>
          pod(`p${index}`, { address: `10.0.0.${index + 1}` }),
        );
        fleet.put(entry('web', entries, { limits: { containerConcurrency: slots } }), 1);
      };
      push(1);
      const all: RecordedExchange[] = [];
      const atPods = () => all.filter((exchange) => exchange.at !== '' && exchange.workload !== null);
      for (const { do: what, at, pods } of steps) {
        const running = atPods();
        const chosen = running[at % Math.max(1, running.length)];
        if (what === 'arrive') all.push(arrive('web'));
        else if (what === 'push') push(pods);
        else if (what === 'end') chosen?.end();
        else if (chosen !== undefined) path.failed(chosen, 'connect', 'unsent');
        turn();
        const workload = fleet.workloads.get('default/web')!;
        for (const candidate of workload.pods.values()) {
          expect(candidate.inFlight).toBeLessThanOrEqual(slots);
          expect(candidate.inFlight).toBe(all.filter((exchange) => exchange.pod === candidate).length);
        }
        const held = all.filter((exchange) => exchange.held);
        expect(workload.held.count).toBe(held.length);
        expect(workload.inFlight).toBe(atPods().length);
        // Nobody waits beside a free slot.
        if (held.length > 0) for (const open of workload.open) expect(open.inFlight).toBe(slots);
      }
      push(1);
      for (let round = 0; round < 500 && all.some((exchange) => exchange.workload !== null); round++) {
        for (const attempt of attempts.splice(0)) if (!attempt.cancelled) attempt.done(true);
        for (const exchange of atPods()) exchange.end();
        turn();
      }
      expect(all.every((exchange) => exchange.workload === null && exchange.last.startsWith('send:'))).toBe(true);
      const workload = fleet.workloads.get('default/web')!;
      expect([workload.arrivals, workload.completions, workload.demand]).toEqual([all.length, all.length, 0]);
    }),
    { numRuns: 150 },
  );
});

const phases = fc.array(fc.constantFrom('starting', 'ready', 'armed', 'closed', 'gone'), {
  minLength: 3,
  maxLength: 3,
});
const change = fc.oneof(
  fc.record({ do: fc.constant('push' as const), phases }),
  fc.record({ do: fc.constantFrom('arrive', 'end', 'fail', 'answer', 'wait' as const), at: fc.nat(20) }),
);

test('no request reaches a closed or removed pod, and what is told of a draining pod is true', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
      const { fleet, path, fencing, leader, clock, attempts, listen, turn, arrive } = pathFixture();
      const probe = { kind: 'tcp', port: 1, timeoutMs: 1000 } as const;
      let generation = 0;
      fleet.replace([entry('web', [])], 1);
      const reports = listen();
      const all: RecordedExchange[] = [];
      for (const step of changes) {
        const running = all.filter((exchange) => exchange.at !== '' && exchange.workload !== null);
        if (step.do === 'push') {
          fencing.offer(1, ++generation);
          const entries = step.phases.flatMap((phase, index) =>
            phase === 'gone' ? [] : [pod(`p${index}`, { phase, probe: phase === 'starting' ? probe : null })],
          );
          fleet.put(entry('web', entries), 1);
          leader.sign();
        } else {
          const chosen = running[step.at % Math.max(1, running.length)];
          if (step.do === 'arrive') all.push(arrive('web'));
          else if (step.do === 'end') chosen?.end();
          else if (step.do === 'fail' && chosen !== undefined) path.failed(chosen, 'lost', 'unsent');
          else if (step.do === 'answer')
            for (const attempt of attempts.splice(0)) if (!attempt.cancelled) attempt.done(true);
          if (step.do === 'wait') clock.advance(step.at * 500);
        }
        turn();
        clock.advance(10);
        turn();
        const workload = fleet.workloads.get('default/web')!;
        const told = reports.at(-1)!.workloads[0];
        for (const candidate of workload.pods.values()) {
          expect(candidate.inFlight).toBe(all.filter((exchange) => exchange.pod === candidate).length);
          if (candidate.phase !== 'armed' && candidate.phase !== 'closed') continue;
          if (candidate.inFlight === 0)
            expect(told?.pods).toContainEqual(expect.objectContaining({ uid: candidate.uid, inFlight: 0 }));
        }
      }
    }),
    { numRuns: 150 },
  );
});
