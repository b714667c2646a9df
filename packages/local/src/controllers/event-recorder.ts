/** Writes Events about objects as upstream's recorders do: repeated ones are counted, old ones dropped. */
import type { Clock } from '@rouse/contract';
import { ApiError } from '../api-error.ts';
import { EVENTS } from '../kinds.ts';
import { type KubeObject, kubeTime } from '../objects.ts';
import type { Registry } from '../registry.ts';

export interface EventRecorder {
  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** Upstream's event TTL. */
const KEPT_MS = 3_600_000;
/** Beyond this many the oldest go, whatever their age. */
const KEPT_COUNT = 2_000;

export function createEventRecorder(registry: Registry, clock: Clock, component: string): EventRecorder {
  const writer = { manager: component, operation: 'Update' } as const;
  /** Event of each thing said lately, to be counted when it is said again. */
  const names = new Map<string, string>();

  return {
    record(about, type, reason, message) {
      const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
      const now = kubeTime(clock.wallMs());
      const identity = JSON.stringify([uid, type, reason, message]);
      const known = names.get(identity);
      if (known !== undefined) {
        const again = (event: KubeObject) => ({ ...event, count: Number(event.count ?? 1) + 1, lastTimestamp: now });
        if (!(registry.update(EVENTS, namespace, known, again, { writer }) instanceof ApiError)) return;
      }
      const involvedObject = { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion };
      const stamp = `${Math.floor(clock.wallMs()).toString(16)}${Math.floor(Math.random() * 0x10000).toString(16)}`;
      const body = {
        metadata: { name: `${name}.${stamp}` },
        involvedObject,
        reason,
        message,
        type,
        source: { component },
        reportingComponent: component,
        reportingInstance: '',
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      };
      // An Event that cannot be written (its namespace is going) is not worth failing for.
      registry.create(EVENTS, namespace, body, { writer });
      if (names.size >= KEPT_COUNT) names.clear();
      names.set(identity, body.metadata.name);
    },
  };
}

/** Removes Events past their time or number; called now and then by whoever owns the API. */
export function pruneEvents(registry: Registry, clock: Clock): void {
  const lastSeen = (event: KubeObject) =>
    Date.parse(String(event.lastTimestamp ?? event.eventTime ?? '')) || Date.parse(event.metadata.creationTimestamp);
  const events = [...registry.list(EVENTS)].sort((a, b) => lastSeen(b) - lastSeen(a));
  events.forEach((event, index) => {
    if (index < KEPT_COUNT && lastSeen(event) > clock.wallMs() - KEPT_MS) return;
    const removed = registry.remove(EVENTS, event.metadata.namespace ?? '', event.metadata.name);
    if (removed instanceof ApiError && removed.code !== 404) throw new Error(removed.status.message);
  });
}
