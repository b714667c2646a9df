/** One pod on this node from the moment it is bound until its object is deleted. */
import { describeFailure, podPath } from '@rouse/kube';
import type { ContainerRunner } from './container-runner.ts';
import type { KubeletContext } from './context.ts';
import { type Pod, type PodCondition, type PodStatus, podKey } from './pod.ts';
import { podContainers } from './pod-containers.ts';
import { podStatus } from './pod-status.ts';
import { statusWriter } from './status-writer.ts';
import { timestamp } from './timestamp.ts';
import { tellUnsupported } from './unsupported.ts';

export interface PodWorker {
  readonly pod: Pod;
  readonly runners: readonly ContainerRunner[];
  /** A newer object: its deletion may have been asked for. */
  update(pod: Pod): void;
  /** The object is gone from the API: its processes go, and nothing is written. */
  removed(): void;
  /** The kubelet ends: its processes go within `graceMs`, and nothing is written. */
  close(graceMs: number): void;
  /** No process of it is left, and its object is deleted where that is ours to do. */
  readonly whenDone: Promise<void>;
}

const DEFAULT_GRACE_SECONDS = 30;
/** Of a pod whose object vanished, by force or otherwise (kubelet: the least it ever gives). */
const REMOVED_GRACE_MS = 1000;
/** A final status that cannot be written (refused by an admission policy, say) does not keep the object for ever. */
const FINAL_STATUS_MS = 5000;
const DELETE_RETRY_MS = [100, 500, 2000, 5000];

export function startPod(context: KubeletContext, first: Pod): PodWorker {
  const { clock, kube } = context;
  const startTime = timestamp(clock);
  let pod = first;
  let terminating = false;
  let deleteObject = true;
  let finishing = false;
  let published = context.statusDelayMs === 0;
  let publishing = false;
  let made: readonly PodCondition[] = [];
  let resolveDone: () => void = () => undefined;
  const whenDone = new Promise<void>((resolve) => {
    resolveDone = resolve;
  });

  const writer = statusWriter({
    ...context,
    pod: () => pod,
    status: look,
    onPod: update,
  });

  const volumes = context.volumesOf(() => pod);
  const containers = podContainers({ context, volumes, pod: () => pod, onChange });
  // Before anything begins: a container that began after its pod was last called unready was never Ready since.
  look();
  tellUnsupported(context.events, pod);
  if (!published) writer.changed();
  update(first);

  /**
   * The status as it is now. Each change is looked at when it happens, not only when it is written: a condition's
   * transition time is that of the change, before whatever comes after it (kubelet: updateLastTransitionTime).
   */
  function look(): PodStatus {
    const status = podStatus({
      pod,
      made,
      ...containers.statuses(),
      published,
      podIp: context.podIp(pod),
      hostIp: context.hostIp,
      startTime,
      now: timestamp(clock),
      terminating,
      ended: terminating && containers.done,
    });
    made = status.conditions ?? [];
    return status;
  }

  function changed(): void {
    look();
    writer.changed();
  }

  function onChange(): void {
    changed();
    if (!published) publishLater();
    if (terminating && containers.done) void finish();
  }

  /** A kubelet sees what its runtime does a while later (up to the second between two relists). */
  function publishLater(): void {
    if (publishing) return;
    publishing = true;
    clock.after(context.statusDelayMs, () => {
      published = true;
      changed();
    });
  }

  /** After the last container: the final status, then the object's end. */
  async function finish(): Promise<void> {
    if (finishing) return;
    finishing = true;
    await volumes?.close();
    if (deleteObject) {
      await Promise.race([writer.settled(), finalStatusLate()]);
      await remove();
    }
    writer.close();
    resolveDone();
  }

  function finalStatusLate(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(FINAL_STATUS_MS, resolve);
      void writer.settled().then(cancel);
    });
  }

  async function remove(): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    for (let failures = 0; deleteObject; failures++) {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
      const result = await kube.request({ method: 'DELETE', path: podPath(namespace, name), body });
      if (result.ok || result.status === 404 || result.status === 409) return;
      if (failures === 0)
        context.log.warn('pod not deleted, trying again', { pod: podKey(pod), problem: describeFailure(result) });
      await new Promise<void>((resolve) => {
        clock.after(DELETE_RETRY_MS[Math.min(failures, DELETE_RETRY_MS.length - 1)]!, resolve);
      });
    }
  }

  function update(newer: Pod): void {
    if (isOlder(newer, pod)) return;
    const gatesMayHaveMoved = newer !== pod && (newer.spec.readinessGates?.length ?? 0) > 0;
    // The node controller calls pods unready whose node it missed; that they are not is the kubelet's to say.
    const readyMoved = isReady(newer) !== isReady(pod);
    pod = newer;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
      terminate(Math.max(1, seconds ?? DEFAULT_GRACE_SECONDS) * 1000);
    } else if (readyMoved) writer.overwritten();
    else if (gatesMayHaveMoved) changed();
  }

  function terminate(graceMs: number): void {
    const begins = !terminating;
    terminating = true;
    containers.stop(graceMs);
    // Not ready any more, in the API before its processes have ended.
    if (begins) onChange();
  }

  function abandon(graceMs: number): void {
    deleteObject = false;
    writer.close();
    terminate(graceMs);
    // Only the API is still spoken to: not any more.
    if (finishing) resolveDone();
  }

  return {
    get pod() {
      return pod;
    },
    get runners() {
      return containers.runners;
    },
    update,
    removed: () => abandon(REMOVED_GRACE_MS),
    close: abandon,
    whenDone,
  };
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
}

/** Answers to our own writes and the watch overtake each other; resource versions of one resource grow. */
function isOlder(a: Pod, b: Pod): boolean {
  const [left, right] = [a.metadata.resourceVersion, b.metadata.resourceVersion];
  return /^\d+$/.test(left) && /^\d+$/.test(right) && BigInt(left) < BigInt(right);
}
