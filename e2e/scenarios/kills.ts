/** kill -9 of a pod, of a proxy, of rouse dev while requests are on their way: what fails, what runs twice, what stays. */
import { until } from '@rouse/contract/testing';
import { hands, hostOf } from '../hands.ts';
import { serves } from '../ports.ts';
import { descendants, isRunning } from '../processes.ts';
import { startRouseDev } from '../rouse-dev.ts';
import type { System } from '../system.ts';
import { ranTwice } from './app-log-checks.ts';
import { isExplained, type Kill, NOTICED_MS } from './explained.ts';
import { failed, type Outcome, startLoad } from './load.ts';

const WINDOW = { 'autoscaling.knative.dev/window': '6s' };
/** Requests whose answers come in pieces for so long. */
const LONG = 'pieces';
const LONG_MS = 2_000;
/** By then a request's first piece has been sent. */
const BEGUN_MS = 200;
/** To look into the app's log stops the load: not too often. */
const LOOK_MS = 50;

export interface PodKillResult {
  readonly kills: number;
  readonly requests: number;
  /** Failures that a killed pod explains: answered in part, or a POST that was sent to it. */
  readonly explained: number;
  /** All others: there must be none. */
  readonly unexplained: readonly Outcome[];
  /** Ids of POSTs that an app saw more than once: there must be none. */
  readonly ranTwice: readonly string[];
}

/** `kills` times: kill -9 of one pod of three under load, then the pod's restart. */
export async function killPods(system: System, kills: number): Promise<PodKillResult> {
  const { appLog, create, ready, remove, runningPods } = hands(() => system);
  await create({ name: 'three', annotations: { ...WINDOW, 'autoscaling.knative.dev/min-scale': '3' } });
  await ready('three', 3);
  const { port } = system;
  const host = hostOf('three');
  const loads = [
    startLoad({ port, host, path: '/?ms=20', name: 'whole', atOnce: 12 }),
    startLoad({ port, host, path: `/pieces?count=${LONG_MS / 25}&ms=25`, name: LONG, atOnce: 6 }),
  ];
  /** On a busy machine the load itself may stand still; what a pod has begun to answer goes on. */
  const isAnswering = (pid: number): boolean => {
    const nowMs = Date.now();
    return appLog()
      .filter((each) => each.pid === pid && each.detail.includes(LONG))
      .some(({ atMs }) => atMs > nowMs - LONG_MS / 2 && atMs < nowMs - BEGUN_MS);
  };
  const answered = (): number => loads.reduce((sum, load) => sum + load.outcomes.length, 0);
  const killed: Kill[] = [];
  for (let kill = 0; kill < kills; kill++) {
    // The one that runs longest: its restart is the first of its back-off until all had their turn.
    const victim = runningPods('three')[0]!;
    const before = answered();
    await until(() => answered() > before + 200, 'requests to be on their way', 20_000);
    await until(() => isAnswering(victim.pid), 'a long answer to be on its way', 20_000, LOOK_MS);
    const fromMs = Date.now();
    process.kill(victim.pid, 'SIGKILL');
    await until(() => !isRunning(victim.pid), `${victim.pid} to be gone`);
    killed.push({ fromMs, untilMs: Date.now() + NOTICED_MS });
    // Only the pod's own restart ends the round, so that the next kill again is one of three.
    await until(() => runningPods('three').length === 3, `${victim.pod} to start again`, 60_000);
  }
  const outcomes = (await Promise.all(loads.map((load) => load.stop()))).flat();
  await remove('three');
  const failures = failed(outcomes);
  const explained = failures.filter((outcome) => isExplained(outcome, killed));
  return {
    kills,
    requests: outcomes.length,
    explained: explained.length,
    unexplained: failures.filter((outcome) => !explained.includes(outcome)),
    ranTwice: ranTwice(appLog().filter(({ pod }) => pod.startsWith('three-'))),
  };
}

export interface ProxyKillResult {
  readonly requests: number;
  /** Failures at the proxy that was not killed: there must be none. */
  readonly failuresAtOther: readonly Outcome[];
  /** Requests cut off with the killed proxy. */
  readonly cutOff: number;
  /** From the kill until the killed one served again; ms. */
  readonly backAfterMs: number;
  /** Failures at the killed one after it was back: there must be none. */
  readonly failuresAfter: readonly Outcome[];
  readonly podsEnded: number;
}

/** kill -9 of the first of two proxies, both under load. */
export async function killProxy(system: System): Promise<ProxyKillResult> {
  const { appLog, asleep, create } = hands(() => system);
  const name = 'two-ways';
  await create({ name, annotations: { ...WINDOW, 'autoscaling.knative.dev/target': '10' } });
  await asleep(name);
  // Found beforehand: to look it up stops the load, and then nothing would be on its way.
  const [victim, other] = await system.proxies();
  if (victim === undefined || other === undefined) throw new Error('there are not two proxies');
  const serving = (): Promise<boolean> => serves(victim.port, victim.address);
  await until(() => serves(other.port, other.address), 'the second proxy', 20_000);
  const load = ({ address, port }: typeof victim, loadName: string) =>
    startLoad({ address, port, host: hostOf(name), path: '/?ms=20', name: loadName, atOnce: 4 });
  const atKilled = load(victim, 'killed');
  const atOther = load(other, 'other');
  await until(() => atKilled.outcomes.length > 50 && atOther.outcomes.length > 50, 'both to serve', 20_000);
  const atMs = Date.now();
  process.kill(victim.pid, 'SIGKILL');
  const cut = await atKilled.stop();
  // Until the kernel has taken it apart, its port still accepts.
  await until(() => !isRunning(victim.pid), 'the killed proxy to be gone');
  await until(serving, 'the killed proxy to listen again', 20_000);
  const backAfterMs = Date.now() - atMs;
  const again = load(victim, 'again');
  const before = atOther.outcomes.length;
  await until(() => again.outcomes.length > 100 && atOther.outcomes.length > before + 100, 'both to serve', 20_000);
  const after = await again.stop();
  const others = await atOther.stop();
  return {
    requests: cut.length + after.length + others.length,
    failuresAtOther: failed(others),
    cutOff: failed(cut).length,
    backAfterMs,
    failuresAfter: failed(after),
    podsEnded: appLog().filter(({ event, pod }) => event === 'sigterm' && pod.startsWith(`${name}-`)).length,
  };
}

export interface SupervisorKillResult {
  /** Processes that ran under it: proxies, operator, pods and what watches them. */
  readonly processes: number;
  /** From the kill until none was left, ms. */
  readonly goneAfterMs: number;
}

/** kill -9 of `rouse dev` itself with pods running. @throws when a process is left after 10 s */
export async function killSupervisor(): Promise<SupervisorKillResult> {
  const dev = await startRouseDev([
    { name: 'one', annotations: { 'autoscaling.knative.dev/min-scale': '1' } },
    { name: 'two', annotations: { 'autoscaling.knative.dev/min-scale': '2' } },
  ]);
  const { livePids, ready } = hands(() => dev);
  try {
    await ready('one', 1);
    await ready('two', 2);
    const all = [...new Set([...descendants(dev.process.pid!), ...livePids('one'), ...livePids('two')])];
    const atMs = Date.now();
    dev.process.kill('SIGKILL');
    await until(() => all.every((pid) => !isRunning(pid)), 'everything to be gone');
    return { processes: all.length, goneAfterMs: Date.now() - atMs };
  } finally {
    await dev.stop('SIGKILL');
  }
}
