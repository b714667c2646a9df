/**
 * The service account mounted into this pod (kubernetes.io/docs/tasks/run-application/access-api-from-pod). Read here and not
 * by client-node, whose import alone takes 80 MB and a quarter of a second of every start.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';

export interface ServiceAccountPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

const MOUNTED: ServiceAccountPlace = {
  env: process.env,
  folder: '/var/run/secrets/kubernetes.io/serviceaccount',
};

/** As mounted now: token and certificates are replaced in their place. @throws Error for people, outside of a pod */
export async function serviceAccount({ env, folder }: ServiceAccountPlace = MOUNTED): Promise<Credentials> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) {
    throw new Error('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod of a cluster');
  }
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const [token, ca, namespace] = await Promise.all([
    read('token'),
    read('ca.crt'),
    // Not mounted everywhere a token is.
    read('namespace').catch(() => 'default'),
  ]);
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim() || 'default',
    headers: { Authorization: `Bearer ${token.trim()}` },
    tls: { ca },
    proxyUrl: undefined,
  };
}
