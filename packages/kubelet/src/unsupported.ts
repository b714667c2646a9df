/** Names what a pod asks for and this kubelet does not do, once, as an Event: nothing is refused, nothing is silent. */
import type { EventRecorder } from './events.ts';
import type { Container, Pod } from './pod.ts';

/** One Event per container that asks for more than is done. */
export function tellUnsupported(events: EventRecorder, pod: Pod): void {
  if ((pod.spec.initContainers?.length ?? 0) > 0) {
    events.record(pod, 'Warning', 'Unsupported', 'initContainers are not run here');
  }
  for (const container of pod.spec.containers) {
    const fields = unsupportedFields(container);
    if (fields.length === 0) continue;
    const message = `container ${container.name}: ${fields.join(', ')} ${fields.length === 1 ? 'is' : 'are'} ignored here`;
    events.record(pod, 'Warning', 'Unsupported', message, container.name);
  }
}

function unsupportedFields(container: Container): string[] {
  const { readinessProbe, lifecycle } = container;
  const asked: readonly (readonly [string, unknown])[] = [
    ['livenessProbe', container.livenessProbe],
    ['startupProbe', container.startupProbe],
    ['readinessProbe.exec', readinessProbe?.exec],
    ['readinessProbe.grpc', readinessProbe?.grpc],
    ['lifecycle.postStart', lifecycle?.postStart],
    ['lifecycle.preStop.exec', lifecycle?.preStop?.exec],
    ['lifecycle.preStop.httpGet', lifecycle?.preStop?.httpGet],
  ];
  return asked.filter(([, value]) => value !== undefined && value !== null).map(([name]) => name);
}
