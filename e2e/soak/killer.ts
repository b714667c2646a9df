/** kill -9 of pods and of the operator, as the schedule has it. */
import { until } from '@rouse/contract/testing';
import { commandLine, isRunning, processesWith } from '../processes.ts';
import type { RouseDev } from '../rouse-dev.ts';
import { type Kill, NOTICED_MS } from '../scenarios/explained.ts';
import type { PlannedKill } from './schedule.ts';

export interface DoneKill extends Kill, PlannedKill {
  readonly pid: number;
}

/** Which workload a process belongs to, in its environment. */
export const WORKLOAD_VARIABLE = 'SOAK_WORKLOAD';

/** The apps' processes of one workload, or of all. */
export function podPids({ appLogFile }: RouseDev, workload?: string): number[] {
  const variables = [`APP_LOG=${appLogFile}`, ...(workload === undefined ? [] : [`${WORKLOAD_VARIABLE}=${workload}`])];
  // Node runs the app; what watches over it has the same environment.
  return processesWith(variables).filter((pid) => commandLine(pid).startsWith(process.execPath));
}

/** Where no pod runs it waits for one, `patienceMs` at most. @returns null where none came */
export async function kill9(dev: RouseDev, planned: PlannedKill, patienceMs: number): Promise<DoneKill | null> {
  const find = (): number | undefined => {
    if (planned.what === 'operator') return dev.operatorPid();
    const pids = podPids(dev, planned.workload);
    return pids[Math.floor(planned.chance * pids.length)];
  };
  const pid = await until(find, 'a process to kill', patienceMs).catch(() => null);
  if (pid === null) return null;
  const fromMs = Date.now();
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid), `${pid} to be gone`);
  return { ...planned, pid, fromMs, untilMs: Date.now() + NOTICED_MS };
}
