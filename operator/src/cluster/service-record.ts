/** The little that is kept of a Service, and which pods it selects. */
import type { RawService } from './api-shapes.ts';
import { unixMs } from './api-shapes.ts';

export interface ServiceRecord {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** Unix ms. */
  readonly createdMs: number;
  readonly selector: ReadonlyMap<string, string>;
  /** Where its requests go: targetPort by number or name; null when it has no TCP port. */
  readonly targetPort: number | string | null;
}

/** Null for a Service that selects no pods (ExternalName, or its endpoints are written by others). */
export function projectService(raw: RawService): ServiceRecord | null {
  const { metadata, spec } = raw;
  const selector = new Map(Object.entries(spec?.selector ?? {}));
  if (selector.size === 0 || spec?.type === 'ExternalName') return null;
  const ports = (spec?.ports ?? []).filter((each) => (each.protocol ?? 'TCP') === 'TCP');
  const port = ports.find((each) => /^http/.test(each.appProtocol ?? each.name ?? '')) ?? ports[0];
  const namespace = metadata.namespace ?? 'default';
  return {
    key: `${namespace}/${metadata.name}`,
    namespace,
    name: metadata.name,
    createdMs: unixMs(metadata.creationTimestamp) ?? 0,
    selector,
    targetPort: port === undefined ? null : (port.targetPort ?? port.port),
  };
}

/** Every label of the selector stands, with the same value, on the pods. */
export function selects(service: ServiceRecord, podLabels: ReadonlyMap<string, string>): boolean {
  return [...service.selector].every(([name, value]) => podLabels.get(name) === value);
}
