/** One container of a pod through all its instances: started, probed, restarted with back-off, stopped. */
import { constants } from 'node:os';
import type { KubeletContext } from './context.ts';
import { launchOf, runFault } from './launch.ts';
import { lineSplitter } from './line-splitter.ts';
import { type LogRing, logRing } from './log-ring.ts';
import type { Container, ContainerState, ContainerStatus, Pod, Terminated } from './pod.ts';
import { probeOnce } from './probe.ts';
import { type Exit, type ProcessGroup, startProcessGroup } from './process-group.ts';
import { watchReadiness } from './readiness.ts';
import { restartBackoff } from './restart-backoff.ts';
import { type Termination, terminate } from './termination.ts';
import { timestamp } from './timestamp.ts';

export interface ContainerRunner {
  readonly container: Container;
  status(): ContainerStatus;
  /** preStop sleep, SIGTERM, and SIGKILL when the grace period (which includes the sleep) is over. Again with less: shortens it. */
  stop(graceMs: number): void;
  /** It is stopped or ended for good, and nothing of it runs. */
  readonly done: boolean;
  /** Output of the running or last instance, or of the one before. */
  logs(previous: boolean): LogRing | undefined;
}

export interface ContainerRunnerOptions {
  readonly context: KubeletContext;
  readonly container: Container;
  /** The newest known. */
  pod(): Pod;
  /** `status()`, `done` or both changed. */
  onChange(): void;
}

/** Attempts at a container that cannot be configured, in ms: a Secret may come right after the Deployment. */
const CONFIG_RETRY_MS = [500, 1000, 2000, 4000, 8000, 10_000];
/** A failed exec keeps its own reason so long before it is tried again, so that it can be seen. */
const RUN_ERROR_SHOWN_MS = 1000;
/** runc's exit code and containerd's reason for what never ran. */
const START_ERROR = { exitCode: 128, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' };

/** Starts at once. */
export function runContainer({ context, container, pod, onChange }: ContainerRunnerOptions): ContainerRunner {
  const { clock, events } = context;
  const backoff = restartBackoff();
  const before = pod().status?.containerStatuses?.find((each) => each.name === container.name);
  let state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  let lastState: ContainerState = before?.state.terminated === undefined ? {} : { terminated: before.state.terminated };
  // Known to an earlier kubelet of this node, whose processes ended with it.
  let restartCount = before?.containerID === undefined ? -1 : before.restartCount;
  let containerId: string | undefined;
  let ready = false;
  let done = false;
  let configFailures = 0;
  let group: ProcessGroup | undefined;
  let startedMs = 0;
  let log: LogRing | undefined;
  let previousLog: LogRing | undefined;
  let stopReadiness = (): void => undefined;
  let cancelTimer = (): void => undefined;
  let stopping = false;
  let termination: Termination | undefined;

  async function start(): Promise<void> {
    const result = await launchOf(context.launchSource(pod()), pod(), container);
    if (stopping) return finish();
    if (!result.ok) {
      if (result.kind === 'run') failedToRun(result.message);
      else notConfigured(result.kind, result.message);
      return;
    }
    configFailures = 0;
    restartCount++;
    containerId = context.nextContainerId();
    if (log !== undefined) previousLog = log;
    const ring = logRing();
    log = ring;
    context.beginRun(pod(), container);
    const splitters = { stdout: outputLines(ring), stderr: outputLines(ring) };
    startedMs = clock.nowMs();
    const startedAt = timestamp(clock);
    group = startProcessGroup(context, containerId, result.launch, {
      onOutput: (stream, chunk) => splitters[stream].push(chunk),
      onExit(exit) {
        for (const splitter of Object.values(splitters)) splitter.end();
        ring.end();
        ended(terminatedBy(exit, startedAt));
      },
      onError(error) {
        restartCount--;
        ring.end();
        if (stopping) finish();
        else
          failedToRun(runFault(result.launch.command, error.code === 'ENOEXEC' ? 'exec format error' : error.message));
      },
    });
    if (group.pid === undefined) return;
    state = { running: { startedAt } };
    events.record(pod(), 'Normal', 'Started', `Started container ${container.name}`, container.name);
    becomeReady();
    onChange();
  }

  function outputLines(ring: LogRing) {
    return lineSplitter((line) => {
      ring.add(clock.wallMs(), line);
      context.out(pod(), container, line);
    });
  }

  function becomeReady(): void {
    const probe = container.readinessProbe;
    const possible = probe?.httpGet !== undefined || probe?.tcpSocket !== undefined;
    if (probe === undefined || !possible) {
      ready = true;
      return;
    }
    stopReadiness = watchReadiness({
      probe,
      clock,
      attempt: () => probeOnce(probe, container, context.podIp(pod())),
      onChange(now) {
        ready = now;
        onChange();
      },
      onUnhealthy: (message) => events.record(pod(), 'Warning', 'Unhealthy', message, container.name),
    });
  }

  function notConfigured(kind: 'config' | 'no-command', message: string): void {
    if (configFailures === 0) {
      events.record(pod(), 'Warning', 'Failed', `Error: ${message}`, container.name);
      if (kind === 'no-command') context.onNoCommand(pod(), container, message);
    }
    const retryMs = CONFIG_RETRY_MS[Math.min(configFailures++, CONFIG_RETRY_MS.length - 1)]!;
    waitAs({ reason: 'CreateContainerConfigError', message }, retryMs);
  }

  function failedToRun(message: string): void {
    restartCount++;
    group = undefined;
    events.record(pod(), 'Warning', 'Failed', `Error: ${message}`, container.name);
    const terminated = { ...START_ERROR, message, finishedAt: timestamp(clock) };
    const waitMs = restartDelayMs(terminated, 0);
    if (waitMs === null) return;
    if (waitMs > 0) backOff(waitMs);
    else waitAs({ reason: 'RunContainerError', message }, RUN_ERROR_SHOWN_MS);
  }

  function terminatedBy({ exitCode, signal }: Exit, startedAt: string): Terminated {
    const number = signal === null ? undefined : constants.signals[signal];
    const code = exitCode ?? 128 + (number ?? 0);
    return {
      exitCode: code,
      ...(number === undefined ? {} : { signal: number }),
      reason: code === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: timestamp(clock),
      containerID: `rouse://${containerId}`,
    };
  }

  function ended(terminated: Terminated): void {
    stopReadiness();
    ready = false;
    group = undefined;
    const waitMs = restartDelayMs(terminated, clock.nowMs() - startedMs);
    if (waitMs === null) return;
    if (waitMs > 0) {
      backOff(waitMs);
      return;
    }
    onChange();
    void start();
  }

  /** Takes the end down; null when it was the last. */
  function restartDelayMs(terminated: Terminated, ranMs: number): number | null {
    const policy = pod().spec.restartPolicy ?? 'Always';
    const restarts = policy === 'Always' || (policy === 'OnFailure' && terminated.exitCode !== 0);
    state = { terminated };
    if (stopping || !restarts) {
      finish();
      return null;
    }
    lastState = { terminated };
    return backoff.next(ranMs);
  }

  function backOff(waitMs: number): void {
    const { name, namespace, uid } = pod().metadata;
    const where = `${name}_${namespace}(${uid})`;
    const message = `back-off ${duration(waitMs)} restarting failed container=${container.name} pod=${where}`;
    const told = `Back-off restarting failed container ${container.name} in pod ${where}`;
    events.record(pod(), 'Warning', 'BackOff', told, container.name);
    waitAs({ reason: 'CrashLoopBackOff', message }, waitMs);
  }

  function waitAs(waiting: NonNullable<ContainerState['waiting']>, waitMs: number): void {
    state = { waiting };
    onChange();
    cancelTimer = clock.after(waitMs, () => {
      cancelTimer = () => undefined;
      void start();
    });
  }

  /** No process is left and none will be started. */
  function finish(): void {
    if (done) return;
    done = true;
    termination?.cancel();
    stopReadiness();
    ready = false;
    if (state.terminated === undefined) {
      state = { terminated: lastState.terminated ?? neverRan() };
      lastState = {};
    }
    onChange();
  }

  function neverRan(): Terminated {
    const now = timestamp(clock);
    const message = 'The container could not be located when the pod was terminated';
    return { exitCode: 137, reason: 'ContainerStatusUnknown', message, startedAt: now, finishedAt: now };
  }

  function stop(graceMs: number): void {
    if (done) return;
    if (stopping) {
      termination?.shorten(graceMs);
      return;
    }
    stopping = true;
    stopReadiness();
    ready = false;
    cancelTimer();
    // A `start` that is under way sees that it is stopping, and starts nothing.
    if (group === undefined) {
      finish();
      return;
    }
    events.record(pod(), 'Normal', 'Killing', `Stopping container ${container.name}`, container.name);
    const preStopSleepMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
    termination = terminate({ clock, graceMs, preStopSleepMs, signal: (name) => group?.signal(name) });
    onChange();
  }

  void start();
  return {
    container,
    status: () => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready,
      started: state.running !== undefined,
      restartCount: Math.max(0, restartCount),
      ...(containerId === undefined ? {} : { containerID: `rouse://${containerId}` }),
      state,
      lastState,
    }),
    stop,
    get done() {
      return done;
    },
    logs: (previous) => (previous ? previousLog : log),
  };
}

/** As Go prints it: `10s`, `1m20s`, `5m0s`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
