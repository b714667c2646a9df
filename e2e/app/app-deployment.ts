/** A Deployment of the app under test. */
import { join } from 'node:path';

const app = join(import.meta.dirname, 'app.ts');

export interface AppSpec {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** More keys of the container, or `{}`. */
  readonly container?: Readonly<Record<string, unknown>>;
}

/** Requests for it wake no app under test: so a test finds out whether a proxy has its route. */
export const QUIET_PATH = '/quiet';

/** @param logFile where its pods write what they do */
export function deployment(spec: AppSpec, logFile: string): object {
  const env = { APP_LOG: logFile, ...spec.env };
  const annotations = { 'rouse.dev/enabled': 'true', 'rouse.dev/quiet': `path:${QUIET_PATH}`, ...spec.annotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: spec.name, annotations },
    spec: {
      replicas: spec.replicas ?? 0,
      selector: { matchLabels: { app: spec.name } },
      template: {
        metadata: { labels: { app: spec.name } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'app:latest',
              command: [process.execPath, app],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                ...Object.entries(env).map(([name, value]) => ({ name, value })),
              ],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              ...spec.container,
            },
          ],
        },
      },
    },
  };
}
