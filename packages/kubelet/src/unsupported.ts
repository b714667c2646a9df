/** Names what a pod asks for and this kubelet does not do, once, as an Event: nothing is refused, nothing is silent. */
import type { EventRecorder } from './events.ts';
import type { Container, Pod } from './pod.ts';

/** One Event per container that asks for more than is done. */
export function tellUnsupported(events: EventRecorder, pod: Pod): void {
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const fields = unsupportedFields(container);
    if (fields.length === 0) continue;
    const message = `container ${container.name}: ${fields.join(', ')} ${fields.length === 1 ? 'is' : 'are'} ignored here`;
    events.record(pod, 'Warning', 'Unsupported', message, container.name);
  }
}

function unsupportedFields(container: Container): string[] {
  const { readinessProbe, livenessProbe, startupProbe, lifecycle } = container;
  const asked: readonly (readonly [string, unknown])[] = [
    ['readinessProbe.grpc', readinessProbe?.grpc],
    ['livenessProbe.grpc', livenessProbe?.grpc],
    ['startupProbe.grpc', startupProbe?.grpc],
    ['lifecycle.postStart', lifecycle?.postStart],
    ['lifecycle.preStop.exec', lifecycle?.preStop?.exec],
    ['lifecycle.preStop.httpGet', lifecycle?.preStop?.httpGet],
  ];
  return asked.filter(([, value]) => value !== undefined && value !== null).map(([name]) => name);
}
