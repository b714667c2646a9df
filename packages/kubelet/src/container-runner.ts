/** One container of a pod through all its instances: image, start, probes, restarts with back-off, end. */
import { type ContainerProbes, watchContainer } from './container-probes.ts';
import type { KubeletContext } from './context.ts';
import { imageWait } from './image-wait.ts';
import { type LaunchResult, launchOf, runFault } from './launch.ts';
import { lineSplitter } from './line-splitter.ts';
import { type LogRing, logRing } from './log-ring.ts';
import type { Container, ContainerState, ContainerStatus, Pod, Probe, Terminated } from './pod.ts';
import type { PodVolumes } from './pod-volumes.ts';
import { probeOnce } from './probe.ts';
import { type ProcessGroup, startProcessGroup } from './process-group.ts';
import { restartBackoff } from './restart-backoff.ts';
import { neverRan, notStarted, terminatedBy } from './terminated.ts';
import { type Termination, terminate } from './termination.ts';
import { timestamp } from './timestamp.ts';

/** An `init` container runs to its end before others start; a `sidecar` is an init container that goes on. */
export type ContainerRole = 'app' | 'init' | 'sidecar';

export interface ContainerRunner {
  readonly container: Container;
  readonly role: ContainerRole;
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
  readonly role: ContainerRole;
  readonly volumes: PodVolumes | undefined;
  /** The newest known. */
  pod(): Pod;
  /** `status()`, `done` or both changed. */
  onChange(): void;
}

/** Attempts at a container that cannot be configured, in ms: a Secret may come right after the Deployment. */
const CONFIG_RETRY_MS = [500, 1000, 2000, 4000, 8000, 10_000];
const DEFAULT_GRACE_SECONDS = 30;
/** A failed exec keeps its own reason so long before it is tried again, so that it can be seen. */
const RUN_ERROR_SHOWN_MS = 1000;

/** Starts at once. */
export function runContainer(options: ContainerRunnerOptions): ContainerRunner {
  const { context, container, role, volumes, pod, onChange } = options;
  const { clock, events } = context;
  const backoff = restartBackoff();
  const image = imageWait({
    container,
    record: (type, reason, message) => events.record(pod(), type, reason, message, container.name),
  });
  const known = role === 'app' ? pod().status?.containerStatuses : pod().status?.initContainerStatuses;
  const before = known?.find((each) => each.name === container.name);
  let state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  let lastState: ContainerState = before?.state.terminated === undefined ? {} : { terminated: before.state.terminated };
  // Known to an earlier kubelet of this node, whose processes ended with it.
  let restartCount = before?.containerID === undefined ? -1 : before.restartCount;
  let containerId: string | undefined;
  let done = false;
  let configFailures = 0;
  let group: ProcessGroup | undefined;
  let startedMs = 0;
  let log: LogRing | undefined;
  let previousLog: LogRing | undefined;
  let probes: ContainerProbes | undefined;
  let cancelTimer = (): void => undefined;
  let stopping = false;
  let termination: Termination | undefined;

  async function start(): Promise<void> {
    if (stopping) return;
    const wait = image.next();
    if (wait !== undefined) return waitAs(wait.waiting, wait.waitMs);
    const source = context.launchSource(pod());
    const made = volumes === undefined ? source : { ...source, volumes: () => volumes.ready() };
    const result = await launchOf(made, pod(), container);
    if (stopping) return finish();
    if (!result.ok) {
      if (result.kind === 'run') failedToRun(result.message);
      else if (result.kind === 'volume') notMounted(result.message);
      else notConfigured(result.kind, result.message);
      return;
    }
    configFailures = 0;
    run(result);
  }

  function run({ launch }: Extract<LaunchResult, { ok: true }>): void {
    restartCount++;
    const id = context.nextContainerId();
    containerId = id;
    if (log !== undefined) previousLog = log;
    const ring = logRing();
    log = ring;
    context.beginRun(pod(), container);
    const splitters = { stdout: outputLines(ring), stderr: outputLines(ring) };
    startedMs = clock.nowMs();
    const startedAt = timestamp(clock);
    group = startProcessGroup(context, id, launch, {
      onOutput: (stream, chunk) => splitters[stream].push(chunk),
      onExit(exit) {
        for (const splitter of Object.values(splitters)) splitter.end();
        ring.end();
        ended(terminatedBy(exit, id, startedAt, timestamp(clock)));
      },
      onError(error) {
        restartCount--;
        ring.end();
        if (stopping) finish();
        else failedToRun(runFault(launch.command, error.code === 'ENOEXEC' ? 'exec format error' : error.message));
      },
    });
    if (group.pid === undefined) return;
    state = { running: { startedAt } };
    events.record(pod(), 'Normal', 'Started', `Started container ${container.name}`, container.name);
    probes = watchContainer({
      container,
      clock,
      attempt: (probe) => probeOnce(probe, container, context.podIp(pod()), { launch, containerId: id }),
      onChange,
      onUnhealthy: (message) => events.record(pod(), 'Warning', 'Unhealthy', message, container.name),
      onFailed: kill,
    });
    onChange();
  }

  function outputLines(ring: LogRing) {
    return lineSplitter((line) => {
      ring.add(clock.wallMs(), line);
      context.out(pod(), container, line);
    });
  }

  /** Ends the instance, and no more: its end starts the next by policy (kubelet: killContainer). */
  function kill(kind: 'startup' | 'liveness', probe: Probe): void {
    if (stopping) return;
    const seconds = probe.terminationGracePeriodSeconds ?? pod().spec.terminationGracePeriodSeconds;
    const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
    events.record(pod(), 'Normal', 'Killing', message, container.name);
    endInstance(Math.max(1, seconds ?? DEFAULT_GRACE_SECONDS) * 1000);
  }

  function endInstance(graceMs: number): void {
    const preStopSleepMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
    termination = terminate({ clock, graceMs, preStopSleepMs, signal: (name) => group?.signal(name) });
  }

  function notMounted(message: string): void {
    if (configFailures === 0) events.record(pod(), 'Warning', 'FailedMount', message);
    const retryMs = CONFIG_RETRY_MS[Math.min(configFailures++, CONFIG_RETRY_MS.length - 1)]!;
    waitAs({ reason: 'ContainerCreating' }, retryMs);
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
    const waitMs = restartDelayMs(notStarted(message, timestamp(clock)), 0);
    if (waitMs === null) return;
    if (waitMs > 0) backOff(waitMs);
    else waitAs({ reason: 'RunContainerError', message }, RUN_ERROR_SHOWN_MS);
  }

  function ended(terminated: Terminated): void {
    probes?.stop();
    termination?.cancel();
    termination = undefined;
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
    const policy = role === 'sidecar' ? 'Always' : (pod().spec.restartPolicy ?? 'Always');
    // One that ran to its end is what an init container is for.
    const always = policy === 'Always' && role !== 'init';
    const restarts = always || (policy !== 'Never' && terminated.exitCode !== 0);
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
    probes?.stop();
    if (state.terminated === undefined) {
      state = { terminated: lastState.terminated ?? neverRan(timestamp(clock)) };
      lastState = {};
    }
    onChange();
  }

  function stop(graceMs: number): void {
    if (done) return;
    if (stopping) {
      termination?.shorten(graceMs);
      return;
    }
    stopping = true;
    probes?.stop();
    cancelTimer();
    // A `start` that is under way sees that it is stopping, and starts nothing.
    if (group === undefined) {
      finish();
      return;
    }
    events.record(pod(), 'Normal', 'Killing', `Stopping container ${container.name}`, container.name);
    // It may be ending already, for a probe.
    if (termination === undefined) endInstance(graceMs);
    else termination.shorten(graceMs);
    onChange();
  }

  // Later: nothing is told of before the caller has it.
  queueMicrotask(() => void start());
  return {
    container,
    role,
    status: () => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      // An init container is ready once it has done its work.
      ready: role === 'init' ? state.terminated?.exitCode === 0 : probes?.ready === true,
      started: state.running !== undefined && probes?.started === true,
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
