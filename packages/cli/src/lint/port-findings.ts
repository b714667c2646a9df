/** Whether it is known which port of the pods takes the requests: by annotation, Service or container. */
import type { Finding } from './finding.ts';
import type { ManifestDeployment } from './manifest-deployment.ts';
import { type ManifestService, selects } from './manifest-service.ts';

export function portFindings(deployment: ManifestDeployment, services: readonly ManifestService[]): Finding[] {
  const { place, settings, containers, defaultContainer } = deployment;
  const service = services.find((each) => each.targetPort !== null && selects(each, deployment));
  const wanted = settings.port ?? service?.targetPort ?? null;
  if (wanted === null) {
    if (defaultContainer === null || defaultContainer.ports.length > 0) return [];
    const fix =
      `Declare the port on container ${JSON.stringify(defaultContainer.name)} (ports: [{ containerPort: 8080 }]), ` +
      'or name it with the annotation rouse.dev/port.';
    return [
      { ...place, key: 'rouse.dev/port', value: '', allowed: 'a port to send requests to', fix, severity: 'error' },
    ];
  }
  // Kubernetes lets a Service point at a number that no container declares, and so does the annotation.
  const names = containers.flatMap((each) => each.ports.flatMap(({ name }) => (name === null ? [] : [name])));
  if (typeof wanted === 'number' || names.includes(wanted)) return [];
  const key = settings.port === null ? `targetPort of Service ${service?.name ?? ''}` : 'rouse.dev/port';
  const declared = names.length === 0 ? 'no container names a port' : `declared are ${names.join(', ')}`;
  return [
    {
      ...place,
      key,
      value: wanted,
      allowed: `the name of a container port (${declared}), or a number`,
      fix: `Give the container port that name (ports: [{ name: ${wanted}, containerPort: 8080 }]), or correct it here.`,
      severity: 'error',
    },
  ];
}
