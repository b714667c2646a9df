/** The probes of one container instance together: startup first, then readiness and liveness. */
import type { Clock } from '@rouse/contract';
import type { Container, Probe } from './pod.ts';
import type { ProbeResult } from './probe.ts';
import { type ProbeKind, watchProbe } from './watch-probe.ts';

export interface ContainerProbes {
  /** The startup probe has succeeded, or there is none. */
  readonly started: boolean;
  readonly ready: boolean;
  /** Nothing is attempted or told after it; neither started nor ready any more. */
  stop(): void;
}

export interface ContainerProbesOptions {
  readonly container: Container;
  readonly clock: Clock;
  attempt(probe: Probe): Promise<ProbeResult>;
  /** `started` or `ready` changed. */
  onChange(): void;
  onUnhealthy(message: string): void;
  /** A startup or liveness probe gave the instance up: it is to be killed, and started again by policy. */
  onFailed(kind: 'startup' | 'liveness', probe: Probe): void;
}

/** Starts at once: the container has just been started. */
export function watchContainer(options: ContainerProbesOptions): ContainerProbes {
  const { container, clock, attempt, onChange, onUnhealthy, onFailed } = options;
  const stops: (() => void)[] = [];
  const startup = made(container.startupProbe);
  let started = startup === undefined;
  let ready = false;

  function watch(kind: ProbeKind, probe: Probe, onVerdict: (success: boolean) => void): () => void {
    const stop = watchProbe({
      kind,
      probe,
      clock,
      attempt: () => attempt(probe),
      onChange: onVerdict,
      onUnhealthy,
    });
    stops.push(stop);
    return stop;
  }

  function giveUp(kind: 'startup' | 'liveness', probe: Probe): void {
    for (const stop of stops) stop();
    onFailed(kind, probe);
  }

  /** Readiness and liveness wait for the startup probe. */
  function watchRunning(): void {
    const readiness = made(container.readinessProbe);
    ready = readiness === undefined;
    if (readiness !== undefined) {
      watch('readiness', readiness, (success) => {
        ready = success;
        onChange();
      });
    }
    const liveness = made(container.livenessProbe);
    if (liveness === undefined) return;
    watch('liveness', liveness, (success) => {
      if (!success) giveUp('liveness', liveness);
    });
  }

  if (startup === undefined) watchRunning();
  else {
    const stop = watch('startup', startup, (success) => {
      if (!success) return giveUp('startup', startup);
      stop();
      started = true;
      watchRunning();
      onChange();
    });
  }

  return {
    get started() {
      return started;
    },
    get ready() {
      return ready;
    },
    stop() {
      started = false;
      ready = false;
      for (const stop of stops) stop();
    },
  };
}

/** A probe that can be made here; the others were told of as unsupported, and count as absent. */
function made(probe: Probe | undefined): Probe | undefined {
  const possible = probe?.httpGet !== undefined || probe?.tcpSocket !== undefined || probe?.exec?.command !== undefined;
  return possible ? probe : undefined;
}
