/** Routes that two Deployments of the files claim; only the older one on the cluster would get them. */
import type { Finding } from './finding.ts';
import type { ManifestDeployment } from './manifest-deployment.ts';
import { type ManifestService, selects } from './manifest-service.ts';

export function routeFindings(
  deployments: readonly ManifestDeployment[],
  services: readonly ManifestService[],
  domain: string,
): Finding[] {
  const holders = new Map<string, ManifestDeployment>();
  const findings: Finding[] = [];
  for (const deployment of deployments) {
    const told = new Set<string>();
    for (const { route, source } of claims(deployment, services, domain)) {
      const holder = holders.get(route);
      if (holder === undefined) holders.set(route, deployment);
      // The names of one Service are one mistake.
      else if (holder !== deployment && !told.has(source === 'rouse.dev/routes' ? route : source)) {
        told.add(source === 'rouse.dev/routes' ? route : source);
        findings.push({
          ...deployment.place,
          key: source,
          value: route,
          allowed: 'a route that no other Deployment claims',
          fix:
            `${holder.key} (${holder.place.file}:${holder.place.line}) claims it too, and the older of the two keeps it: ` +
            (source === 'rouse.dev/routes'
              ? 'remove it from one.'
              : `let the selector of ${source} match one of them alone.`),
          severity: 'error',
        });
      }
    }
  }
  return findings;
}

interface Claim {
  readonly route: string;
  readonly source: string;
}

/** The workload's own names first: they cannot collide among themselves, and others' claims on them are the mistake. */
function claims(deployment: ManifestDeployment, services: readonly ManifestService[], domain: string): Claim[] {
  const { namespace } = deployment;
  const named = (name: string, source: string): Claim[] =>
    [
      `${name}.${namespace}.${domain}`,
      `${name}.${namespace}`,
      `${name}.${namespace}.svc`,
      `${name}.${namespace}.svc.cluster.local`,
    ].map((route) => ({ route, source }));
  return [
    ...named(deployment.name, 'metadata.name'),
    ...deployment.settings.routes.map((route) => ({ route, source: 'rouse.dev/routes' })),
    ...services.filter((each) => selects(each, deployment)).flatMap((each) => named(each.name, `Service ${each.name}`)),
  ];
}
