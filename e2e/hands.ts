/** What cases do with a system under test, the same on all of them. */
import type { DecisionRecord, WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { QUIET_PATH } from './app/app-deployment.ts';
import { type AppEvent, readAppLog } from './app/app-log.ts';
import { deployments } from './deployments.ts';
import { toldEvents } from './events.ts';
import { kubeObjects } from './kube-objects.ts';
import { askOperator, callOperator } from './operator-api.ts';
import { isRunning, type Run, run } from './processes.ts';
import { type Answer, type RequestOptions, request } from './request.ts';
import { rouseCommand } from './rouse-dev.ts';
import type { System } from './system.ts';

export const hostOf = (name: string): string => `${name}.default.example.com`;
const workloadPath = (name: string): string => `/api/workloads/default/${name}`;

/** Many cases look at one operator at once: what waits for seconds does not ask all the time. */
const LOOK_MS = 50;

export type Hands = ReturnType<typeof hands>;

export function hands(system: () => System) {
  const own = deployments(system);
  const appLog = (): AppEvent[] => readAppLog(system().appLogFile);

  /** As the operator sees it; waits until it knows one of that name. */
  function workload(name: string, deadlineMs = 30_000): Promise<WorkloadStatus> {
    return until(
      () => askOperator<WorkloadStatus>(system().operator, workloadPath(name)),
      `${name} known to the operator`,
      deadlineMs,
      LOOK_MS,
    );
  }

  /** Waits until operator and proxies know it: a first request will find it. */
  async function known(name: string): Promise<void> {
    await workload(name);
    for (const { address, port } of await system().proxies()) {
      const isRouted = async () => (await request(port, hostOf(name), QUIET_PATH, { address })).status !== 404;
      await until(isRouted, `${name} routed by every proxy`, 10_000, LOOK_MS);
    }
  }

  /** Pods whose app listens and whose process lives, by the app's log. */
  function runningPods(name: string): { readonly pod: string; readonly pid: number }[] {
    return appLog()
      .filter(({ event, pod, pid }) => event === 'listening' && pod.startsWith(`${name}-`) && isRunning(pid))
      .map(({ pod, pid }) => ({ pod, pid }));
  }

  return {
    ...own,
    ...toldEvents(system),
    appLog,
    known,
    workload,
    runningPods,
    livePids: (name: string): number[] => runningPods(name).map(({ pid }) => pid),
    replicas: async (name: string): Promise<number> => (await own.get(name)).spec.replicas ?? 0,
    remove: (name: string): Promise<void> =>
      kubeObjects(system().kube).remove(`/apis/apps/v1/namespaces/default/deployments/${name}`),
    /** One request on a connection of its own. */
    ask: (name: string, path = '/', options: RequestOptions = {}): Promise<Answer> =>
      request(system().port, options.host ?? hostOf(name), path, options),
    async asleep(name: string, deadlineMs = 30_000): Promise<void> {
      await known(name);
      await until(async () => (await workload(name)).state === 'asleep', `${name} asleep`, deadlineMs, LOOK_MS);
    },
    /** Until so many pods at least are Ready. */
    async ready(name: string, count: number): Promise<void> {
      await known(name);
      await until(async () => (await workload(name)).ready >= count, `${count} ready pods of ${name}`, 30_000, LOOK_MS);
    },
    async decisions(name: string): Promise<readonly DecisionRecord[]> {
      const answer = await callOperator(system().operator, `${workloadPath(name)}/decisions`);
      return ((await answer.json()) as { decisions: DecisionRecord[] }).decisions;
    },
    wake: (name: string, init: RequestInit): Promise<Response> =>
      callOperator(system().operator, `${workloadPath(name)}/wake`, { method: 'POST', ...init }),
    /** Runs one `rouse` command against this operator, as a child process. */
    rouse: (...args: string[]): Promise<Run> => run(process.execPath, [rouseCommand, ...args], commandEnv(system())),
  };
}

/** What leads `rouse` commands to the operator. */
export function commandEnv({ operator }: System): Readonly<Record<string, string>> {
  return { ROUSE_OPERATOR: operator.url, ROUSE_CONTROL_TOKEN: operator.token ?? '' };
}
