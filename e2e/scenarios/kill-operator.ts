/** kill -9 of the operator while requests are on their way and the demand changes. */
import { until } from '@rouse/contract/testing';
import { isRunning } from '../processes.ts';
import { type RouseDev, startRouseDev } from '../rouse-dev.ts';
import { failed, type Outcome, startLoad } from './load.ts';
import { ready, runningPods } from './running-pods.ts';

const WINDOW_MS = 6_000;

export interface OperatorKillResult {
  readonly kills: number;
  readonly requests: number;
  readonly failures: readonly Outcome[];
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
export async function killOperator(kills: number): Promise<OperatorKillResult> {
  // 3 at once per pod: each round asks for two pods more.
  const dev = await startRouseDev([
    {
      name: 'busy',
      annotations: {
        'autoscaling.knative.dev/window': '6s',
        'autoscaling.knative.dev/target': '3',
        'autoscaling.knative.dev/target-utilization-percentage': '100',
      },
    },
    { name: 'calm', annotations: { 'autoscaling.knative.dev/window': '6s', 'autoscaling.knative.dev/min-scale': '1' } },
  ]);
  try {
    await ready(dev, 'calm', 1);
    let atOnce = 6;
    const busy = startLoad({
      port: dev.port,
      host: 'busy.default.example.com',
      path: '/?ms=50',
      name: 'busy',
      atOnce,
    });
    const calm = startLoad({
      port: dev.port,
      host: 'calm.default.example.com',
      path: '/?ms=5',
      name: 'calm',
      atOnce: 1,
    });
    await ready(dev, 'busy', 2);
    const pidsBefore = [...runningPods(dev, 'busy'), ...runningPods(dev, 'calm')].map(({ pid }) => pid);
    const caughtUpMs: number[] = [];
    for (let round = 0; round < kills; round++) {
      const atMs = kill9(dev);
      atOnce += 6;
      busy.setAtOnce(atOnce);
      await replicasAtLeast(dev, 'busy', atOnce / 3);
      caughtUpMs.push(Date.now() - atMs);
      await until(() => runningPods(dev, 'busy').length >= atOnce / 3, 'the pods', 30_000);
    }
    const kept = pidsBefore.filter(isRunning);
    const fellAtMs = kill9(dev);
    busy.setAtOnce(3);
    await until(() => runningPods(dev, 'busy').length === 1, 'one pod to be left', 60_000);
    const ended = dev.appLog().filter(({ event }) => event === 'sigterm');
    const outcomes = [...(await busy.stop()), ...(await calm.stop())];
    return {
      kills,
      requests: outcomes.length,
      failures: failed(outcomes),
      caughtUpMs,
      wronglyEnded: ended.filter(({ atMs }) => atMs < fellAtMs + WINDOW_MS).map(({ pod }) => pod),
      firstEndAfterMs: Math.min(...ended.map(({ atMs }) => atMs)) - fellAtMs,
      keptPids: kept.length,
      podsAtFirstKill: pidsBefore.length,
    };
  } finally {
    await dev.stop();
  }
}

/** @returns when, Unix ms */
function kill9(dev: RouseDev): number {
  const [operator] = dev.pidsOf('rouse-operator');
  if (operator === undefined) throw new Error('no operator runs');
  process.kill(operator, 'SIGKILL');
  return Date.now();
}

async function replicasAtLeast(dev: RouseDev, name: string, count: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/default/deployments/${name}`;
  await until(
    async () => ((await dev.kube<{ spec: { replicas?: number } }>(path)).spec.replicas ?? 0) >= count,
    `${count} replicas of ${name}`,
    30_000,
  );
}
