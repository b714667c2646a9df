/** What a Deployment that Rouse scales would do better: readiness probe, preStop, replicas, a command for `rouse dev`. */
import { dig } from '@rouse/local';
import type { Finding } from './finding.ts';
import type { ManifestDeployment } from './manifest-deployment.ts';

export function templateNotices(deployment: ManifestDeployment): Finding[] {
  const { place, containers, replicas, settings } = deployment;
  const notice = (key: string, value: string, allowed: string, fix: string): Finding => ({
    ...place,
    key,
    value,
    allowed,
    fix,
    severity: 'notice',
  });
  const findings: Finding[] = [];
  if (containers.length > 0 && !containers.some((each) => dig(each.fields, 'readinessProbe') != null)) {
    findings.push(
      notice(
        'readinessProbe',
        '',
        'an HTTP or TCP readiness probe',
        'Add a readinessProbe: without one a pod is sent requests as soon as its port accepts a connection.',
      ),
    );
  }
  const takesRequests = deployment.defaultContainer;
  if (takesRequests !== null && dig(takesRequests.fields, 'lifecycle', 'preStop') == null) {
    findings.push(
      notice(
        'lifecycle.preStop',
        '',
        'a preStop sleep',
        `Add lifecycle: { preStop: { sleep: { seconds: 5 } } } to container ${JSON.stringify(takesRequests.name)}: pods that ` +
          'others remove (rollouts, evictions, kubectl delete) then go on answering until the proxies know.',
      ),
    );
  }
  if (replicas !== undefined) {
    findings.push(
      notice(
        'spec.replicas',
        String(replicas),
        'absent where Rouse scales',
        'Remove spec.replicas once it is deployed: each apply of this manifest sets it back, against Rouse.',
      ),
    );
  }
  const without = containers.filter((each) => !(Array.isArray(each.fields.command) && each.fields.command.length > 0));
  if (settings.devCommand === null && without.length > 0) {
    const names = without.map((each) => JSON.stringify(each.name)).join(', ');
    findings.push(
      notice(
        'rouse.dev/dev-command',
        '',
        'a command for containers that have none',
        `Set rouse.dev/dev-command (e.g. "node server.js"), or command on container ${names}: rouse dev runs no images.`,
      ),
    );
  }
  return findings;
}
