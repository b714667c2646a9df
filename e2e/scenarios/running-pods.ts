/** The pods of a workload, by the API and by their processes. */
import { until } from '@rouse/contract/testing';
import { isRunning } from '../processes.ts';
import type { RouseDev } from '../rouse-dev.ts';

/** Until so many are Ready. */
export async function ready(dev: RouseDev, name: string, count: number): Promise<void> {
  await until(async () => (await dev.workload(name)).ready >= count, `${count} ready pods of ${name}`, 30_000);
}

/** Pods whose app listens and whose process lives, by the app's log. */
export function runningPods(dev: RouseDev, name: string): { readonly pod: string; readonly pid: number }[] {
  return dev
    .appLog()
    .filter(({ event, pod, pid }) => event === 'listening' && pod.startsWith(`${name}-`) && isRunning(pid))
    .map(({ pod, pid }) => ({ pod, pid }));
}
