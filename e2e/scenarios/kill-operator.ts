/** kill -9 of the operator while requests are on their way and the demand changes. */
import { until } from '@rouse/contract/testing';
import { hands, hostOf } from '../hands.ts';
import { isRunning } from '../processes.ts';
import type { Answer } from '../request.ts';
import type { System } from '../system.ts';
import { failed, type Outcome, startLoad } from './load.ts';

const WINDOW_MS = 6_000;

export interface OperatorKillResult {
  readonly kills: number;
  readonly requests: number;
  readonly failures: readonly Outcome[];
  /** Status of a request for a sleeping workload that came while there was no operator. */
  readonly answeredMeanwhile: number;
  /** From each kill until the new operator wrote what the demand, changed meanwhile, asks for; ms. */
  readonly caughtUpMs: readonly number[];
  /** Pods that ended although demand had not been down for a window that the new operator saw: there must be none. */
  readonly wronglyEnded: readonly string[];
  /** From the last kill, with which the demand fell, until the first pod was told to end; ms. */
  readonly firstEndAfterMs: number;
  /** Pods alive at the first kill that kept their process to the end of the load. */
  readonly keptPids: number;
  readonly podsAtFirstKill: number;
}

/**
 * `kills` times: kill -9 of the operator under load, and at that moment more demand than before; then once more with
 * less demand, until the pods that are too many have gone.
 */
export async function killOperator(system: System, kills: number): Promise<OperatorKillResult> {
  const { appLog, ask, asleep, create, ready, remove, replicas, runningPods } = hands(() => system);
  const window = { 'autoscaling.knative.dev/window': `${WINDOW_MS / 1000}s` };
  // 3 at once per pod: each round asks for two pods more.
  const three = {
    'autoscaling.knative.dev/target': '3',
    'autoscaling.knative.dev/target-utilization-percentage': '100',
  };
  await create({ name: 'busy', annotations: { ...window, ...three } });
  await create({ name: 'calm', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '1' } });
  await create({ name: 'meanwhile', annotations: window });
  await asleep('meanwhile');
  await ready('calm', 1);
  const { port } = system;
  let atOnce = 6;
  const busy = startLoad({ port, host: hostOf('busy'), path: '/?ms=50', name: 'busy', atOnce });
  const calm = startLoad({ port, host: hostOf('calm'), path: '/?ms=5', name: 'calm', atOnce: 1 });
  await ready('busy', 2);
  const pidsBefore = [...runningPods('busy'), ...runningPods('calm')].map(({ pid }) => pid);
  const caughtUpMs: number[] = [];
  const meanwhile: Promise<Answer>[] = [];
  for (let round = 0; round < kills; round++) {
    const atMs = kill9(system);
    if (round === 0) meanwhile.push(ask('meanwhile'));
    atOnce += 6;
    busy.setAtOnce(atOnce);
    await until(async () => (await replicas('busy')) >= atOnce / 3, `${atOnce / 3} replicas of busy`, CAUGHT_UP_MS);
    caughtUpMs.push(Date.now() - atMs);
    await until(() => runningPods('busy').length >= atOnce / 3, 'the pods', 30_000);
  }
  const kept = pidsBefore.filter(isRunning);
  const fellAtMs = kill9(system);
  busy.setAtOnce(3);
  await until(() => runningPods('busy').length === 1, 'one pod to be left', 90_000);
  const ended = appLog().filter(({ event, pod }) => event === 'sigterm' && /^(?:busy|calm)-/.test(pod));
  const outcomes = [...(await busy.stop()), ...(await calm.stop())];
  const [answer] = await Promise.all(meanwhile);
  await remove('calm');
  return {
    kills,
    requests: outcomes.length,
    failures: failed(outcomes),
    answeredMeanwhile: answer?.status ?? 0,
    caughtUpMs,
    wronglyEnded: ended.filter(({ atMs }) => atMs < fellAtMs + WINDOW_MS).map(({ pod }) => pod),
    firstEndAfterMs: Math.min(...ended.map(({ atMs }) => atMs)) - fellAtMs,
    keptPids: kept.length,
    podsAtFirstKill: pidsBefore.length,
  };
}

/** A Lease whose holder was killed is nobody's for 15 s, and a program that ends again and again is started later. */
const CAUGHT_UP_MS = 60_000;

/** @returns when, Unix ms */
function kill9(system: System): number {
  process.kill(system.operatorPid(), 'SIGKILL');
  return Date.now();
}
