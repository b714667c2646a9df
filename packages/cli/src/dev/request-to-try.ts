/** A request that a workload answers with success as far as its manifest tells: the readiness probe's, else GET /. */
import { annotationMap, parseSettings } from '@rouse/contract';
import { dig, isObject } from '@rouse/local';

/** Path and query for a GET. @param deployment a Deployment as the Kubernetes API has it */
export function pathToTry(deployment: unknown): string {
  const containers = dig(deployment, 'spec', 'template', 'spec', 'containers');
  const listed = Array.isArray(containers) ? containers : [];
  const probed = listed.find((container) => isObject(dig(container, 'readinessProbe', 'httpGet')));
  const probe = dig(probed, 'readinessProbe', 'httpGet');
  if (probe === undefined) return '/';
  const annotations = dig(deployment, 'metadata', 'annotations');
  const { settings } = parseSettings(
    annotationMap(isObject(annotations) ? (annotations as Record<string, string>) : {}),
  );
  const ports = listed.flatMap((container): unknown[] => {
    const declared = dig(container, 'ports');
    return Array.isArray(declared) ? declared : [];
  });
  const numberOf = (port: unknown) =>
    typeof port === 'string'
      ? dig(
          ports.find((each) => dig(each, 'name') === port),
          'containerPort',
        )
      : port;
  const taken = numberOf(settings.port ?? dig(ports[0], 'containerPort'));
  const asked = dig(probe, 'path');
  const path = typeof asked === 'string' && asked !== '' ? asked : '/';
  const absolute = path.startsWith('/') ? path : `/${path}`;
  // A quiet path would wake nothing, and a probe on another port says nothing about this one.
  const isQuiet = settings.quiet.some((rule) => rule.kind === 'path' && rule.value === absolute.split('?')[0]);
  return isQuiet || numberOf(dig(probe, 'port')) !== taken ? '/' : absolute;
}

/** The command line, safe to paste into a shell. */
export function curlLine(host: string, port: number, path: string): string {
  const url = `http://localhost:${port}${path}`;
  const isPlain = /^[\w\-.~/:%@+,]+$/.test(url);
  return `curl -H 'Host: ${host}' ${isPlain ? url : `'${url.replaceAll("'", "'\\''")}'`}`;
}
