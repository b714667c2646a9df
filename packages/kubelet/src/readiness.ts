/** Whether a running container is ready: its probe attempted by period and judged by its thresholds. */
import type { Clock } from '@rouse/contract';
import type { ReadinessProbe } from './pod.ts';
import type { ProbeResult } from './probe.ts';

export interface ReadinessOptions {
  readonly probe: ReadinessProbe;
  readonly clock: Clock;
  attempt(): Promise<ProbeResult>;
  /** Only on a change; not ready to begin with. */
  onChange(ready: boolean): void;
  /** An attempt that failed, or could not be made. */
  onUnhealthy(message: string): void;
}

/**
 * The first attempt comes `initialDelaySeconds` after the start (at once by default), the next ones each
 * `periodSeconds` counted from the beginning of the last, never two at a time (kubelet: prober/worker.go).
 * @returns a function that stops it; nothing is told after that
 */
export function watchReadiness({ probe, clock, attempt, onChange, onUnhealthy }: ReadinessOptions): () => void {
  const periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
  const thresholds = { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 };
  let stopped = false;
  let ready = false;
  let last: 'success' | 'failure' | undefined;
  let run = 0;
  let cancel = clock.after((probe.initialDelaySeconds ?? 0) * 1000, () => void once());

  async function once(): Promise<void> {
    const startedMs = clock.nowMs();
    const result = await attempt();
    if (stopped) return;
    cancel = clock.after(Math.max(0, periodMs - (clock.nowMs() - startedMs)), () => void once());
    judge(result);
  }

  function judge(result: ProbeResult): void {
    if (result.kind !== 'success') {
      onUnhealthy(`Readiness probe ${result.kind === 'failure' ? 'failed' : 'errored'}: ${result.message}`);
    }
    if (result.kind === 'error') return;
    run = last === result.kind ? run + 1 : 1;
    last = result.kind;
    const now = result.kind === 'success';
    if (run < thresholds[result.kind] || now === ready) return;
    ready = now;
    onChange(ready);
  }

  return () => {
    stopped = true;
    cancel();
  };
}
