/** A Service of a manifest as lint reads it: which pods it selects, and where it sends their requests. */
import { dig, type ManifestObject } from '@rouse/local';
import { type ManifestDeployment, stringsOf } from './manifest-deployment.ts';

export interface ManifestService {
  readonly namespace: string;
  readonly name: string;
  readonly selector: ReadonlyMap<string, string>;
  /** Of its HTTP port, else its first TCP one, as the operator chooses; null when it has none. */
  readonly targetPort: number | string | null;
}

export function readService({ object, namespace, name }: ManifestObject): ManifestService {
  const listed = dig(object, 'spec', 'ports');
  const ports = (Array.isArray(listed) ? listed : []).filter((each) => (dig(each, 'protocol') ?? 'TCP') === 'TCP');
  const isHttp = (each: unknown) => /^http/.test(String(dig(each, 'appProtocol') ?? dig(each, 'name') ?? ''));
  const port: unknown = ports.find(isHttp) ?? ports[0];
  const target = dig(port, 'targetPort') ?? dig(port, 'port');
  return {
    namespace,
    name,
    selector: stringsOf(dig(object, 'spec', 'selector')),
    targetPort: typeof target === 'number' || typeof target === 'string' ? target : null,
  };
}

export function selects(service: ManifestService, deployment: ManifestDeployment): boolean {
  if (service.namespace !== deployment.namespace || service.selector.size === 0) return false;
  return [...service.selector].every(([label, value]) => deployment.templateLabels.get(label) === value);
}
