/** Core/v1 Events about pods, equal ones counted up in one object as the kubelet's recorder does. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@rouse/contract';
import { eventPath, eventsPath, type Kube, MERGE_PATCH } from '@rouse/kube';
import type { Pod } from './pod.ts';
import { timestamp } from './timestamp.ts';

export interface EventRecorder {
  /** Sent in order, in the background, once; a lost Event is no reason to stop. `container` names what it is about. */
  record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
  /** Nothing is sent after it. */
  close(): void;
}

interface Recorded {
  readonly name: string;
  count: number;
}

/** Events remembered for counting, over all pods, and not yet sent; older ones are forgotten. */
const MOST_REMEMBERED = 1000;

export function eventRecorder(kube: Kube, clock: Clock, nodeName: string): EventRecorder {
  const recorded = new Map<string, Recorded>();
  const queue: (() => Promise<unknown>)[] = [];
  let sending = false;
  let closed = false;

  async function drain(): Promise<void> {
    sending = true;
    for (let send = queue.shift(); send !== undefined && !closed; send = queue.shift()) await send();
    sending = false;
  }

  function send(
    pod: Pod,
    type: string,
    reason: string,
    message: string,
    container: string | undefined,
  ): Promise<unknown> {
    const { namespace, name, uid } = pod.metadata;
    const now = timestamp(clock);
    const key = JSON.stringify([uid, container, reason, message]);
    const known = recorded.get(key);
    if (known !== undefined) {
      known.count++;
      const body = { count: known.count, lastTimestamp: now };
      return kube.request({ method: 'PATCH', path: eventPath(namespace, known.name), body, contentType: MERGE_PATCH });
    }
    const event = `${name}.${randomBytes(8).toString('hex')}`;
    recorded.set(key, { name: event, count: 1 });
    if (recorded.size > MOST_REMEMBERED) recorded.delete(recorded.keys().next().value!);
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: event, namespace },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name,
        uid,
        ...(container === undefined ? {} : { fieldPath: fieldPath(pod, container) }),
      },
      type,
      reason,
      message,
      source: { component: 'kubelet', host: nodeName },
      reportingComponent: 'kubelet',
      reportingInstance: nodeName,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    return kube.request({ method: 'POST', path: eventsPath(namespace), body });
  }

  return {
    record(pod, type, reason, message, container) {
      if (closed || queue.length >= MOST_REMEMBERED) return;
      queue.push(() => send(pod, type, reason, message, container));
      if (!sending) void drain();
    },
    close() {
      closed = true;
    },
  };
}

function fieldPath(pod: Pod, container: string): string {
  const isInit = pod.spec.initContainers?.some((each) => each.name === container) === true;
  return `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
}
