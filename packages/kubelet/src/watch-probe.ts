/** What one probe of a running container says: attempted by period and judged by its thresholds. */
import type { Clock } from '@rouse/contract';
import type { Probe } from './pod.ts';
import type { ProbeResult } from './probe.ts';

export type ProbeKind = 'readiness' | 'liveness' | 'startup';

export interface WatchProbeOptions {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly clock: Clock;
  attempt(): Promise<ProbeResult>;
  /** Only on a change of the verdict. */
  onChange(success: boolean): void;
  /** An attempt that failed, or could not be made. */
  onUnhealthy(message: string): void;
}

/** What holds until a threshold is reached: not ready, alive, not known to have started (kubelet: prober/worker.go). */
const FIRST_VERDICT = { readiness: false, liveness: true, startup: undefined };
const TITLE = { readiness: 'Readiness', liveness: 'Liveness', startup: 'Startup' };

/**
 * The first attempt comes `initialDelaySeconds` after the start (at once by default), the next ones each
 * `periodSeconds` counted from the beginning of the last, never two at a time (kubelet: prober/worker.go).
 * @returns a function that stops it; nothing is told after that
 */
export function watchProbe({ kind, probe, clock, attempt, onChange, onUnhealthy }: WatchProbeOptions): () => void {
  const periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
  const thresholds = { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 };
  let stopped = false;
  let verdict: boolean | undefined = FIRST_VERDICT[kind];
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
      onUnhealthy(`${TITLE[kind]} probe ${result.kind === 'failure' ? 'failed' : 'errored'}: ${result.message}`);
    }
    if (result.kind === 'error') return;
    run = last === result.kind ? run + 1 : 1;
    last = result.kind;
    const now = result.kind === 'success';
    if (run < thresholds[result.kind] || now === verdict) return;
    verdict = now;
    onChange(now);
  }

  return () => {
    stopped = true;
    cancel();
  };
}
