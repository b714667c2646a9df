import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fault } from './model-api.ts';
import { ModelClock } from './model-clock.ts';
import { ModelCluster } from './model-cluster.ts';
import { ModelOperator } from './model-operator.ts';
import { ModelProxy } from './model-proxy.ts';

interface Outcome {
  readonly violations: readonly string[];
  readonly stranded: number;
  /** Step the handshake was left in after the calm. */
  readonly left: string;
  readonly reasons: readonly string[];
  readonly removals: number;
}

/** Turns are this far apart; also the longest a real controller lets a handshake wait. */
const TURN_MS = 20;
const CALM_MS = 90_000;

function run(choices: readonly number[], fault: Fault): Outcome {
  const clock = new ModelClock(choices);
  const cluster = new ModelCluster(clock, 1 + clock.choose(3));
  const proxies = Array.from(
    { length: 1 + clock.choose(3) },
    (_, index) => new ModelProxy(`proxy-${index}`, clock, cluster),
  );
  let leader = new ModelOperator(1, clock, cluster, proxies, fault, true);
  const reasons: string[] = [];
  let removals = 0;
  cluster.watchers.add((news) => {
    if (news.type === 'gone') removals += 1;
  });
  const beat = () => {
    for (const proxy of proxies) {
      proxy.expire();
      if (clock.nowMs % 1_000 < TURN_MS) proxy.report();
    }
  };
  const succeed = () => {
    leader.stop();
    reasons.push(...leader.reasons);
    leader = new ModelOperator(leader.epoch + 1, clock, cluster, proxies, fault, false);
  };
  // Each run has its own climate: one may have restarts only, another only frozen leaders.
  const rarely = [150, 1_500, 100_000] as const;
  const hazard = (run: () => void) => ({ one: rarely[clock.choose(3)]!, run });
  const anyProxy = () => proxies[clock.choose(proxies.length)]!;
  const hazards = [
    hazard(() => anyProxy().restart()),
    hazard(succeed),
    // Somebody else asks for one more pod.
    hazard(() => cluster.patch(cluster.replicas, cluster.replicas + 1)),
  ];
  const freezes = clock.choose(2) === 1;
  const oneArrival = [10, 60, 300][clock.choose(3)]!;
  while (!clock.exhausted && clock.nowMs < 600_000) {
    const dice = clock.choose(1_000_000);
    if (dice % oneArrival === 1) anyProxy().arrive();
    for (const [index, { one, run: happen }] of hazards.entries())
      if (Math.floor(dice / 7) % one === index + 1) happen();
    // The moment at which old words do harm.
    if (freezes && leader.state.step === 'closed' && dice % 41 === 3) leader.freeze(32_000 + clock.choose(10_000));
    beat();
    leader.turn(true);
    clock.advance(TURN_MS);
  }
  // Calm: nothing is lost or late any more, one leader, no new requests. Whatever was held has to be served.
  for (let passedMs = 0; passedMs < CALM_MS; passedMs += TURN_MS) {
    beat();
    leader.turn(false);
    clock.advance(TURN_MS);
  }
  reasons.push(...leader.reasons);
  const stranded = proxies.reduce((sum, proxy) => sum + proxy.held, 0);
  return { violations: cluster.violations, stranded, left: leader.state.step, reasons, removals };
}

const choices = fc.array(fc.nat(1_000_000), { minLength: 4_000, maxLength: 40_000, size: 'max' });

function search(fault: Fault, runs: number) {
  return fc.check(
    fc.property(choices, (drawn) => {
      const { violations, stranded, left } = run(drawn, fault);
      if (fault !== 'none') return violations.length === 0;
      return violations.length === 0 && stranded === 0 && left === 'open';
    }),
    { numRuns: runs, seed: 20260101, endOnFailure: true },
  );
}

test('no request goes to a pod that Rouse removes and none is stranded, whatever is lost, late, restarted or frozen', {
  timeout: 120_000,
}, () => {
  const result = search('none', 150);
  expect(result.failed ? run(result.counterexample![0], 'none') : null).toBeNull();
});

test.each<Fault>([
  'stale-words',
  'any-generation',
  'opens-after-patch',
  'no-answer-is-refusal',
  'ignores-requests',
  'no-takeover',
  'no-cost-settling',
])('the model finds the fault: %s', { timeout: 120_000 }, (fault) => {
  expect(search(fault, 300).failed).toBe(true);
});

test('the model really sleeps, wakes, abandons and takes over', { timeout: 60_000 }, () => {
  const reasons = new Map<string, number>();
  let removals = 0;
  for (const drawn of fc.sample(choices, { numRuns: 20, seed: 7 })) {
    const outcome = run(drawn, 'none');
    removals += outcome.removals;
    for (const reason of outcome.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  expect(removals).toBeGreaterThan(60);
  for (const reason of ['done', 'a request arrived', 'a request was sent to a victim', 'the API refused the patch'])
    expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
});
