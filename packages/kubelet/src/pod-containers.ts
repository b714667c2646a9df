/** The containers of one pod in their order: init containers one after the other, then the others together. */
import { type ContainerRole, type ContainerRunner, runContainer } from './container-runner.ts';
import type { KubeletContext } from './context.ts';
import type { Container, ContainerStatus, Pod } from './pod.ts';
import type { PodVolumes } from './pod-volumes.ts';

export interface PodContainers {
  /** Those started so far. */
  readonly runners: readonly ContainerRunner[];
  /** Of all, in the manifest's order. */
  statuses(): {
    readonly initContainers: readonly ContainerStatus[];
    readonly containers: readonly ContainerStatus[];
    readonly uninitialized: readonly string[];
  };
  /** Nothing runs, and nothing will be started. */
  readonly done: boolean;
  /** Ends all within `graceMs`: sidecars after the others, the last one first. Again with less: shortens it. */
  stop(graceMs: number): void;
}

export interface PodContainersOptions {
  readonly context: KubeletContext;
  readonly volumes: PodVolumes | undefined;
  pod(): Pod;
  /** `statuses()`, `done` or both changed. */
  onChange(): void;
}

/** For the sidecars of a pod that ended by itself, where no deletion says how long. */
const LONGEST_MS = 30_000;

/** Starts at once. */
export function podContainers({ context, volumes, pod, onChange }: PodContainersOptions): PodContainers {
  const { clock } = context;
  const { initContainers: inits = [], containers } = pod().spec;
  const runners: ContainerRunner[] = [];
  let stopping = false;
  let deadlineMs = Number.POSITIVE_INFINITY;

  function start(container: Container, role: ContainerRole): void {
    runners.push(runContainer({ context, container, role, volumes, pod, onChange: changed }));
  }

  function changed(): void {
    step();
    onChange();
  }

  /** Whatever is due next. */
  function step(): void {
    if (stopping) stopSidecars();
    else if (runners.length < inits.length + containers.length) startNext();
    else if (apps().every((each) => each.done)) stopSidecars();
  }

  function startNext(): void {
    for (let last = runners.at(-1); last === undefined || passed(last); last = runners.at(-1)) {
      const next = inits[runners.length];
      if (next === undefined) {
        for (const container of containers) start(container, 'app');
        return;
      }
      start(next, next.restartPolicy === 'Always' ? 'sidecar' : 'init');
    }
  }

  function apps(): ContainerRunner[] {
    return runners.filter((each) => each.role !== 'sidecar');
  }

  /** Only once no other container needs them. */
  function stopSidecars(): void {
    if (!apps().every((each) => each.done)) return;
    const last = runners.findLast((each) => each.role === 'sidecar' && !each.done);
    last?.stop(Math.max(0, Math.min(deadlineMs - clock.nowMs(), LONGEST_MS)));
  }

  /** A container that never ran waits for those before it. */
  function statusOf(container: Container): ContainerStatus {
    const runner = runners.find((each) => each.container === container);
    if (runner !== undefined) return runner.status();
    return {
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: 'PodInitializing' } },
      lastState: {},
    };
  }

  startNext();
  return {
    runners,
    statuses: () => ({
      initContainers: inits.map(statusOf),
      containers: containers.map(statusOf),
      // A sidecar that starts again later makes no pod uninitialized.
      uninitialized: runners.some((each) => each.role === 'app')
        ? []
        : inits.slice(runners.filter(passed).length).map(nameOf),
    }),
    get done() {
      return runners.every((each) => each.done) && (stopping || runners.length === inits.length + containers.length);
    },
    stop(graceMs) {
      stopping = true;
      deadlineMs = Math.min(deadlineMs, clock.nowMs() + graceMs);
      for (const runner of apps()) runner.stop(graceMs);
      stopSidecars();
    },
  };
}

/** What comes after it may start. */
function passed(runner: ContainerRunner): boolean {
  const status = runner.status();
  return runner.role === 'sidecar' ? status.started || runner.done : status.state.terminated?.exitCode === 0;
}

function nameOf({ name }: Container): string {
  return name;
}
