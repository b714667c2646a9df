/** The pods bound to one node, run as processes of this machine, in the words of the Kubernetes API. */
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Clock, formatProblem, type Problem } from '@rouse/contract';
import { type Kube, podsPath, reflect } from '@rouse/kube';
import type { KubeletContext, KubeletLog } from './context.ts';
import { eventRecorder } from './events.ts';
import { DEV_COMMAND } from './launch.ts';
import { type LogOptions, readLog } from './logs.ts';
import { type NodeOptions, startNodeAgent } from './node-agent.ts';
import type { Container, Pod } from './pod.ts';
import { podVolumes } from './pod-volumes.ts';
import { type PodWorker, startPod } from './pod-worker.ts';
import { startReaper } from './reaper.ts';
import { stragglers } from './stragglers.ts';

export interface KubeletOptions {
  readonly kube: Kube;
  /** Pods with this `spec.nodeName` are run. */
  readonly nodeName: string;
  /** Address written as the pod's own, and given to it as HOST and POD_IP; the same each time it is asked for one pod. */
  podIp(pod: Pod): string;
  /** Nothing of this pod is left: its address may be given to another. */
  releasePodIp?(pod: Pod): void;
  /**
   * ms from a pod's first sign of life until its status tells of it and of its address; 0 by default. A real kubelet
   * looks at its runtime once a second.
   */
  readonly statusDelayMs?: number;
  /** Makes the volumes of pods below `folder`, as root on Linux; without it they are ignored. */
  readonly volumes?: VolumesOptions;
  /** Registers the node and keeps it Ready; without it somebody else does. */
  readonly node?: NodeOptions;
  /** Address of the node; 127.0.0.1 by default. */
  readonly hostIp?: string;
  readonly clock: Clock;
  readonly log: KubeletLog;
  /** One line of a container's output, prefixed with its pod's name. */
  out(line: string): void;
  /** Gets each line too, by pod uid and container; `beginRun` comes before the first line of an instance. */
  readonly logSink?: LogSink;
  /** Folder of the manifest a pod came from; without one this process's own. */
  manifestFolder?(pod: Pod): string | undefined;
  /** `rouse.dev/dev-command` for a container without a command, where the Pod's own annotations do not have it. */
  commandFor?(pod: Pod, container: Container): string | undefined;
  /** A manifest that cannot be run as it is; told once per pod and container. Without it the log has it. */
  onProblem?(problem: Problem, pod: Pod): void;
  /** Where PATH, HOME, TMPDIR and LANG are taken from, and nothing else; `process.env` is safe. */
  readonly baseEnv: Readonly<Record<string, string | undefined>>;
  /** Set in every container, e.g. KUBERNETES_SERVICE_HOST; the manifest's own wins. */
  readonly nodeEnv?: Readonly<Record<string, string>>;
}

export interface VolumesOptions {
  readonly folder: string;
  /** ms after which Secrets and ConfigMaps are read anew; 60,000 by default, about what a kubelet does. */
  readonly refreshMs?: number;
  /** ms after which tokens are renewed; when four fifths of their life are over by default, as a kubelet does. */
  readonly tokenRefreshMs?: number;
}

/** A store of logs elsewhere, such as an API that serves them itself. */
export interface LogSink {
  beginRun(podUid: string, container: string): void;
  append(podUid: string, container: string, text: string): void;
}

export type LogResult =
  | { readonly ok: true; readonly lines: AsyncGenerator<string, void> }
  /** `status` as the Kubernetes API answers it: 400 or 404. */
  | { readonly ok: false; readonly status: number; readonly message: string };

export interface Kubelet {
  /** Log of a container (of the pod's only one where none is named); lines end with a newline. */
  logs(namespace: string, pod: string, container: string | undefined, options?: LogOptions): LogResult;
  /**
   * Ends every process: SIGTERM, and SIGKILL after `graceMs` (default 3000, or the pod's own grace period where that is
   * shorter; 0 = SIGKILL at once, as when the machine is lost). Writes nothing to the API. Resolves when none is left.
   */
  close(graceMs?: number): Promise<void>;
  /** What the node says of itself from now on, where it registers itself: Ready or, for a reason, not. */
  setReady(ready: boolean): void;
}

const CLOSE_GRACE_MS = 3000;
const VOLUME_REFRESH_MS = 60_000;
const FINAL = new Set(['Succeeded', 'Failed']);

/** Starts at once; an API that cannot be reached is tried for ever. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { kube, nodeName, clock, log } = options;
  const workers = new Map<string, PodWorker>();
  const reaper = startReaper((message) => log.warn(message));
  const events = eventRecorder(kube, clock, nodeName);
  const context = contextOf(options, reaper, events);
  const agent = options.node && startNodeAgent({ kube, clock, log, nodeName, hostIp: context.hostIp, ...options.node });
  let closed = false;

  /** A uid, not a name: a pod's successor of the same name is another pod. */
  const reflector = reflect<Pod, Pod>({
    kube,
    clock,
    log,
    path: podsPath(),
    query: { fieldSelector: `spec.nodeName=${nodeName}` },
    project: (pod) => pod,
    key: (pod) => pod.metadata.uid,
    onChange(uid, now) {
      if (now === undefined) workers.get(uid)?.removed();
      else if (workers.has(uid)) workers.get(uid)!.update(now);
      else if (!closed && !FINAL.has(now.status?.phase ?? '')) start(uid, now);
    },
  });

  function start(uid: string, pod: Pod): void {
    const worker = startPod(context, pod);
    workers.set(uid, worker);
    void worker.whenDone.then(() => {
      workers.delete(uid);
      options.releasePodIp?.(pod);
    });
  }

  return {
    logs(namespace, name, containerName, logOptions = {}) {
      const worker = newest(workers.values(), namespace, name);
      if (worker === undefined) return refused(404, `pods ${JSON.stringify(name)} not found`);
      const names = worker.pod.spec.containers.map((each) => each.name);
      if (containerName === undefined && names.length > 1) {
        return refused(400, `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
      }
      const wanted = containerName ?? names[0];
      const runner = worker.runners.find((each) => each.container.name === wanted);
      const all = [...worker.pod.spec.containers, ...(worker.pod.spec.initContainers ?? [])];
      if (!all.some((each) => each.name === wanted)) {
        return refused(400, `container ${containerName} is not valid for pod ${name}`);
      }
      if (runner === undefined) return waitsToStart(wanted!, name, 'PodInitializing');
      const ring = runner.logs(logOptions.previous === true);
      if (ring !== undefined) return { ok: true, lines: readLog(ring, logOptions, clock) };
      const { name: container } = runner.container;
      if (logOptions.previous === true) {
        return refused(
          400,
          `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`,
        );
      }
      return waitsToStart(container, name, runner.status().state.waiting?.reason ?? 'ContainerCreating');
    },
    async close(graceMs = CLOSE_GRACE_MS) {
      closed = true;
      agent?.stop();
      reflector.stop();
      events.close();
      const all = [...workers.values()];
      for (const worker of all) {
        const own = worker.pod.spec.terminationGracePeriodSeconds;
        worker.close(own === undefined ? graceMs : Math.min(graceMs, own * 1000));
      }
      await Promise.all(all.map((worker) => worker.whenDone));
      await reaper.close();
    },
    setReady: (ready) => agent?.setReady(ready),
  };
}

/** One being deleted may still stand beside its successor of the same name. */
function newest(workers: Iterable<PodWorker>, namespace: string, name: string): PodWorker | undefined {
  let found: PodWorker | undefined;
  for (const worker of workers) {
    if (worker.pod.metadata.namespace === namespace && worker.pod.metadata.name === name) found = worker;
  }
  return found;
}

function waitsToStart(container: string, pod: string, reason: string): LogResult {
  return refused(
    400,
    `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)} is waiting to start: ${reason}`,
  );
}

function refused(status: number, message: string): LogResult {
  return { ok: false, status, message };
}

function contextOf(
  options: KubeletOptions,
  reaper: KubeletContext['reaper'],
  events: KubeletContext['events'],
): KubeletContext {
  const { kube, clock, log, hostIp = '127.0.0.1', baseEnv } = options;
  const node = { cpus: availableParallelism(), memoryBytes: totalmem() };
  let number = 0;
  return {
    kube,
    clock,
    log,
    reaper,
    stragglers: stragglers(),
    events,
    hostIp,
    podIp: (pod) => options.podIp(pod),
    statusDelayMs: options.statusDelayMs ?? 0,
    launchSource: (pod) => ({
      kube,
      baseEnv,
      nodeEnv: options.nodeEnv ?? {},
      node,
      addresses: { podIp: options.podIp(pod), hostIp },
      manifestFolder: (of) => options.manifestFolder?.(of),
      commandFor: (of, container) => options.commandFor?.(of, container),
    }),
    volumesOf(pod) {
      const { volumes } = options;
      if (volumes === undefined) return undefined;
      return podVolumes({
        kube,
        clock,
        folder: join(volumes.folder, pod().metadata.uid),
        refreshMs: volumes.refreshMs ?? VOLUME_REFRESH_MS,
        ...(volumes.tokenRefreshMs === undefined ? {} : { tokenRefreshMs: volumes.tokenRefreshMs }),
        addresses: { podIp: options.podIp(pod()), hostIp },
        pod,
      });
    },
    beginRun: (pod, container) => options.logSink?.beginRun(pod.metadata.uid, container.name),
    out(pod, container, line) {
      const { name, uid } = pod.metadata;
      options.logSink?.append(uid, container.name, line);
      const several = pod.spec.containers.length + (pod.spec.initContainers?.length ?? 0) > 1;
      options.out(`[${several ? `${name}/${container.name}` : name}] ${line}`);
    },
    onNoCommand(pod, container, message) {
      const problem: Problem = {
        source: 'manifest',
        key: `spec.template.spec.${pathOf(pod, container)}.command`,
        value: '',
        allowed: 'a list of strings',
        fix: `Add it, or the annotation ${DEV_COMMAND} (e.g. "node server.js") to the Deployment.`,
        severity: 'error',
      };
      if (options.onProblem !== undefined) return options.onProblem(problem, pod);
      const { namespace, name } = pod.metadata;
      log.warn('container has no command', {
        pod: `${namespace}/${name}`,
        problem: formatProblem(problem),
        message,
      });
    },
    nextContainerId: () => `${reaper.instance}.${++number}`,
  };
}

function pathOf({ spec }: Pod, container: Container): string {
  const at = spec.containers.indexOf(container);
  return at >= 0 ? `containers[${at}]` : `initContainers[${spec.initContainers?.indexOf(container)}]`;
}
