/** A real Kubernetes control plane in this network namespace: etcd, API server, controllers and scheduler. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { connect, type Kube } from '@rouse/kube';
import { accepts, freePorts } from '../ports.ts';
import type { ControlPlaneBinaries } from './binaries.ts';
import { type Authority, createAuthority, createTokenKey } from './certificates.ts';
import { type DaemonProcess, startDaemon } from './daemon-process.ts';
import { type Identity, writeKubeconfig } from './kubeconfig.ts';

export interface ControlPlaneOptions {
  readonly binaries: ControlPlaneBinaries;
  /** An empty folder to hold everything; one below the system's for temporary files by default. */
  readonly folder?: string;
  /** Further arguments, which win over ours, by program. */
  readonly args?: Partial<Readonly<Record<keyof ControlPlaneBinaries, readonly string[]>>>;
}

export interface ControlPlane {
  /** `https://127.0.0.1:PORT`, of this namespace. */
  readonly server: string;
  /** Signs all of its servers and clients. */
  readonly authority: Authority;
  /** Holds certificates, kubeconfigs, logs and etcd's data; removed by `stop` unless told to keep it. */
  readonly folder: string;
  /** Logs of everything, `NAME.log`. */
  readonly logs: string;
  /** Kubeconfig of a member of system:masters. */
  readonly adminKubeconfig: string;
  /** The same as a client. */
  readonly kube: Kube;
  readonly apiServer: DaemonProcess;
  readonly controllerManager: DaemonProcess;
  readonly scheduler: DaemonProcess;
  /** Writes a kubeconfig for a user known by certificate, such as `system:node:NAME`. */
  kubeconfigFor(user: string, groups?: readonly string[]): string;
  /** Writes one for somebody known otherwise. */
  kubeconfigAs(name: string, identity: Identity): string;
  /** Starts it again after its end, on the same port; resolves once it is ready. */
  restartApiServer(): Promise<void>;
  /** etcd forgets what was before now: nobody can watch from an older version on. */
  compact(): Promise<void>;
  /** From its next start on the API server signs tokens with a new key, and believes no others. */
  replaceTokenKey(): void;
  /** The last lines of every program. */
  tails(): string;
  stop(options?: { readonly keepFolder?: boolean }): Promise<void>;
}

/** In the pod range, so that it is an address here; Services' EndpointSlices accept no loopback address. */
const ADVERTISED = '10.244.255.1';
const SERVICE_RANGE = '10.245.0.0/16';
const FIRST_SERVICE_ADDRESS = '10.245.0.1';
const READY_MS = 60_000;

/**
 * Starts it on free ports and waits until pods can be made (a few seconds). TLS everywhere but between API server and
 * etcd, RBAC, Node authorization, ServiceAccount tokens.
 * @throws with the last lines of what failed
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { binaries, args = {}, folder = mkdtempSync(join(tmpdir(), 'rouse-cluster-')) } = options;
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const [etcdPort, peerPort, apiPort, managerPort, schedulerPort] = await freePorts(5);
  const server = `https://127.0.0.1:${apiPort}`;
  const authority = createAuthority(join(folder, 'certificates'), 'rouse-test');
  const kubeconfigAs = (name: string, identity: Identity): string =>
    writeKubeconfig(join(folder, `${name}.kubeconfig`), { server, ca: authority.cert, identity });
  const kubeconfigFor = (user: string, groups: readonly string[] = []): string =>
    kubeconfigAs(user.replaceAll(':', '-'), { certificate: authority.client(user, groups) });
  const adminKubeconfig = kubeconfigFor('admin', ['system:masters']);
  const kube = connect({ kubeconfig: adminKubeconfig, userAgent: 'rouse-e2e' });
  const daemons = new Map<string, DaemonProcess>();

  function start(name: keyof ControlPlaneBinaries, own: readonly string[]): DaemonProcess {
    const daemon = startDaemon({ name, program: binaries[name], args: [...own, ...(args[name] ?? [])], logs });
    daemons.set(name, daemon);
    return daemon;
  }

  async function ready(name: keyof ControlPlaneBinaries, isReady: () => Promise<boolean>): Promise<void> {
    const daemon = daemons.get(name)!;
    const check = async (): Promise<boolean> => {
      if (daemon.ended !== undefined) throw new Error(`${name}: ${daemon.ended}\n${daemon.tail()}`);
      return isReady();
    };
    await until(check, `${name} ready`, READY_MS).catch((error: Error) => {
      throw new Error(`${error.message}\n${daemon.tail()}`);
    });
  }

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const apiServerArgs = apiServerArguments(folder, authority, { apiPort: apiPort!, etcdUrl });
  const startApiServer = async (): Promise<void> => {
    start('apiServer', apiServerArgs);
    await ready('apiServer', async () => (await kube.stream({ method: 'GET', path: '/readyz', onData() {} })).ok);
  };

  async function stop({ keepFolder = false } = {}): Promise<void> {
    await kube.close();
    // Backwards: what is gone is asked for by nobody.
    for (const name of ['scheduler', 'controllerManager', 'apiServer', 'etcd']) {
      // The API server takes a minute to let its watchers go.
      await daemons.get(name)?.stop(name === 'apiServer' ? 'SIGKILL' : 'SIGTERM');
    }
    if (!keepFolder) rmSync(folder, { recursive: true, force: true });
  }

  try {
    start('etcd', etcdArguments(folder, etcdUrl, `http://127.0.0.1:${peerPort}`));
    await ready('etcd', async () => {
      const answer = await fetch(`${etcdUrl}/health`).catch(() => undefined);
      return answer?.ok === true;
    });
    await startApiServer();
    const manager = kubeconfigFor('system:kube-controller-manager');
    start('controllerManager', managerArguments(folder, authority, { port: managerPort!, kubeconfig: manager }));
    start('scheduler', schedulerArguments(folder, schedulerPort!, kubeconfigFor('system:kube-scheduler')));
    const path = '/api/v1/namespaces/default/serviceaccounts/default';
    await ready('controllerManager', async () => (await kube.request({ method: 'GET', path })).ok);
    await ready('scheduler', () => accepts(schedulerPort!));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    server,
    authority,
    folder,
    logs,
    adminKubeconfig,
    kube,
    get apiServer() {
      return daemons.get('apiServer')!;
    },
    get controllerManager() {
      return daemons.get('controllerManager')!;
    },
    get scheduler() {
      return daemons.get('scheduler')!;
    },
    kubeconfigFor,
    kubeconfigAs,
    restartApiServer: startApiServer,
    compact: () => compact(etcdUrl),
    replaceTokenKey: () => void createTokenKey(folder),
    tails: () => [...daemons.values()].map((each) => `--- ${each.logFile}\n${each.tail()}`).join('\n'),
    stop,
  };
}

/** By etcd's JSON gateway. @throws when it refuses */
async function compact(etcdUrl: string): Promise<void> {
  const call = async (method: string, body: object): Promise<Response> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${method}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd, ${method}: ${await answer.text()}`);
    return answer;
  };
  const { header } = (await (await call('range', { key: 'AA==' })).json()) as { header: { revision: string } };
  await call('compaction', { revision: header.revision, physical: true });
}

function etcdArguments(folder: string, clientUrl: string, peerUrl: string): string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // What it keeps is gone with the test.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

interface ApiServerPlace {
  readonly apiPort: number;
  readonly etcdUrl: string;
}

function apiServerArguments(folder: string, authority: Authority, { apiPort, etcdUrl }: ApiServerPlace): string[] {
  const hosts = ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', 'localhost'];
  const serving = authority.server('kube-apiserver', hosts, ['127.0.0.1', ADVERTISED, FIRST_SERVICE_ADDRESS]);
  const front = createAuthority(join(folder, 'certificates'), 'front-proxy');
  const proxying = front.client('front-proxy-client');
  const tokens = createTokenKey(folder);
  const toNodes = authority.client('kube-apiserver-kubelet-client', ['system:masters']);
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--advertise-address=${ADVERTISED}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--client-ca-file=${authority.cert}`,
    `--tls-cert-file=${serving.cert}`,
    `--tls-private-key-file=${serving.key}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${tokens.publicKey}`,
    `--service-account-signing-key-file=${tokens.privateKey}`,
    // For APIs served by others, such as custom metrics.
    `--requestheader-client-ca-file=${front.cert}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${proxying.cert}`,
    `--proxy-client-key-file=${proxying.key}`,
    '--enable-aggregator-routing=true',
    // The names of nodes are no names of this machine.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${authority.cert}`,
    `--kubelet-client-certificate=${toNodes.cert}`,
    `--kubelet-client-key=${toNodes.key}`,
    ...auditArguments(folder),
  ];
}

/**
 * Every write, and every request of Rouse's, with who made it and when, to the microsecond: tests count them, figures are
 * taken from them. What nodes, scheduler and controllers say of pods is kept whole.
 */
function auditArguments(folder: string): string[] {
  const policy = join(folder, 'audit-policy.json');
  const verbs = ['create', 'update', 'patch', 'delete'];
  const told = [
    { group: '', resources: ['pods/status'] },
    { group: 'apps', resources: ['replicasets/status'] },
  ];
  const rules = [
    { level: 'Request', verbs, resources: told },
    { level: 'Metadata', userGroups: ['system:serviceaccounts:rouse-system'] },
    { level: 'Metadata', verbs },
    { level: 'None' },
  ];
  const omitStages = ['RequestReceived'];
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog(folder)}`];
}

/** Lines of JSON, one a write (`audit.k8s.io/v1` Event). */
export function auditLog(folder: string): string {
  return join(folder, 'audit.log');
}

function managerArguments(
  folder: string,
  authority: Authority,
  { port, kubeconfig }: { readonly port: number; readonly kubeconfig: string },
): string[] {
  return [
    ...clientArguments(port, kubeconfig, join(folder, 'controller-manager')),
    `--root-ca-file=${authority.cert}`,
    `--service-account-private-key-file=${join(folder, 'tokens.key')}`,
    '--use-service-account-credentials=true',
    // Minutes on a real cluster; a lost node is noticed while a test waits.
    '--node-monitor-period=1s',
    '--node-monitor-grace-period=8s',
    '--horizontal-pod-autoscaler-sync-period=2s',
  ];
}

function schedulerArguments(folder: string, port: number, kubeconfig: string): string[] {
  return clientArguments(port, kubeconfig, join(folder, 'scheduler'));
}

/** Of both: they make a serving certificate for themselves in `certificates`. */
function clientArguments(port: number, kubeconfig: string, certificates: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${certificates}`,
    '--leader-elect=false',
  ];
}
