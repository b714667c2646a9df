/** Writes one pod's status: one write at a time, always the newest state, until it is in the API. */
import type { Clock } from '@rouse/contract';
import { describeFailure, type Kube, MERGE_PATCH, podPath, podStatusPath } from '@rouse/kube';
import type { KubeletLog } from './context.ts';
import { type Pod, type PodStatus, podKey } from './pod.ts';

export interface StatusWriterOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeletLog;
  /** The newest known object. */
  pod(): Pod;
  /** The status that should stand there now. */
  status(): PodStatus;
  /** The API answered with a newer object. */
  onPod(pod: Pod): void;
}

export interface StatusWriter {
  /** The state changed. Changes during a write go into the next one. */
  changed(): void;
  /** Somebody else changed what was written: it is written anew, though it is the same. */
  overwritten(): void;
  /** Resolves when all changes told so far are written or the pod is gone. */
  settled(): Promise<void>;
  /** Writes nothing more; a write under way still ends. */
  close(): void;
}

const RETRY_MS = [50, 200, 1000, 5000];

export function statusWriter({ kube, clock, log, pod, status, onPod }: StatusWriterOptions): StatusWriter {
  let written = '';
  let dirty = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let wake = (): void => undefined;

  async function run(): Promise<void> {
    // All changes of this turn go into one write.
    await Promise.resolve();
    for (let failures = 0; dirty && !closed; ) {
      dirty = false;
      if (await write(failures)) failures = 0;
      else if (!closed) {
        dirty = true;
        await sleep(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!);
      }
    }
    // In the same turn as the last look at `dirty`: a change told later starts another run.
    running = undefined;
  }

  /** False when it must be tried again. */
  async function write(failures: number): Promise<boolean> {
    const next = status();
    const text = JSON.stringify(next);
    if (text === written) return true;
    const { namespace, name, uid, resourceVersion } = pod().metadata;
    // A merge patch replaces the list of conditions whole, some of which are not ours: so it is bound to the version it
    // was made from. The uid keeps it off a later pod of the same name.
    const body = { metadata: { uid, resourceVersion }, status: next };
    const path = podStatusPath(namespace, name);
    const result = await kube.request<Pod>({ method: 'PATCH', path, body, contentType: MERGE_PATCH });
    if (result.ok) {
      onPod(result.value);
      // Last: what the answer shows is our own write.
      written = text;
      return true;
    }
    if (result.status === 409) return readAgain();
    if (result.status === 404) return gone();
    if (failures === 0)
      log.warn('pod status not written, trying again', { pod: podKey(pod()), problem: describeFailure(result) });
    return false;
  }

  /** Somebody else changed the pod meanwhile. */
  async function readAgain(): Promise<boolean> {
    const { namespace, name, uid } = pod().metadata;
    const result = await kube.request<Pod>({ method: 'GET', path: podPath(namespace, name) });
    if (result.ok && result.value.metadata.uid === uid) {
      onPod(result.value);
      dirty = true;
      return true;
    }
    return result.ok || result.status === 404 ? gone() : false;
  }

  function gone(): true {
    closed = true;
    return true;
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }

  function changed(): void {
    dirty = true;
    if (running !== undefined || closed) return;
    running = run();
  }

  return {
    changed,
    overwritten() {
      written = '';
      changed();
    },
    settled: async () => running,
    close() {
      closed = true;
      wake();
    },
  };
}
