/** For tests: objects to begin with. */
import type { JsonObject } from '../json.ts';

export function deploymentBody(name: string, spec: JsonObject = {}, container: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'app:1', command: ['app'], ...container }] },
      },
      ...spec,
    },
  };
}

export function configMapBody(name: string, data: Record<string, string> = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
