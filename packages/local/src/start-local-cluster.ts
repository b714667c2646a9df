/** `rouse dev`'s cluster in one process: API, controllers, manifests and the kubelet that runs the pods. */
import { type Clock, formatProblem, type Problem } from '@rouse/contract';
import { connect } from '@rouse/kube';
import { DEV_COMMAND, type Kubelet, startKubelet } from '@rouse/kubelet';
import { ApiError } from './api-error.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { DEPLOYMENTS, REPLICA_SETS } from './kinds.ts';
import { createManifestApplier } from './manifests/apply-manifests.ts';
import { type LoadedManifests, loadManifests } from './manifests/load-manifests.ts';
import { watchManifests } from './manifests/watch-manifests.ts';
import { controllerOf, type KubeObject } from './objects.ts';
import { NODE_NAME, type Registry } from './registry.ts';
import { startLocalApi } from './server.ts';

export interface LocalClusterOptions {
  /** 0 picks a free one. */
  readonly apiPort: number;
  /** Manifests: files and folders. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  /** One line a pod printed, prefixed with the pod's name. */
  readonly onPodLog: (line: string) => void;
  /** A fault of a manifest, at start or after an edit; told once while it lasts. */
  readonly onProblem: (problem: Problem) => void;
  /** One line for a person, e.g. a kind that was skipped. */
  readonly onNotice: (line: string) => void;
}

export interface LocalCluster {
  /** `http://127.0.0.1:PORT`, for `kubectl --server`. */
  readonly url: string;
  readonly registry: Registry;
  /** Faults of the manifests as they are now. */
  problems(): readonly Problem[];
  /**
   * Ends all pods (SIGTERM, SIGKILL after `graceMs`), then the rest; resolves when nothing is left.
   * @param graceMs default 3000
   */
  close(graceMs?: number): Promise<void>;
}

/** Rejects when the port cannot be had; manifests with faults are told and the others run. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { clock, paths, onNotice, onProblem } = options;
  let kubelet: Kubelet | undefined;
  const warn = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    onNotice(fields ? `${message} ${JSON.stringify(fields)}` : message);
  const api = await startLocalApi({
    port: options.apiPort,
    clock,
    log: warn,
    logs: (namespace, pod, container, logOptions) =>
      kubelet?.logs(namespace, pod, container, logOptions) ?? { ok: false, status: 404, message: 'no node runs yet' },
  });
  const { registry } = api;
  const controllers = startControllers(registry, clock, warn);
  const applier = createManifestApplier(registry);
  let problems: readonly Problem[] = [];
  let told = new Set<string>();
  let toldNotices = new Set<string>();
  let edited = false;

  function tell(loaded: LoadedManifests, refused: readonly Problem[]): void {
    problems = [...loaded.problems, ...refused];
    const now = new Map(problems.map((problem) => [formatProblem(problem), problem]));
    const fresh = [...now].filter(([text]) => !told.has(text)).map(([, problem]) => problem);
    for (const problem of fresh) onProblem(problem);
    if (fresh.length > 0 && edited) onNotice('the last good version stays in force until this is mended');
    edited = true;
    told = new Set(now.keys());
    for (const notice of loaded.notices) if (!toldNotices.has(notice)) onNotice(notice);
    toldNotices = new Set(loaded.notices);
  }

  /** What vanished is deleted only if it is still missing at a second look: editors truncate before they write. */
  let missedBefore = false;
  function applyAll(loaded: LoadedManifests): boolean {
    const result = applier.apply(loaded, missedBefore);
    tell(loaded, result.problems);
    missedBefore = result.missing && !missedBefore;
    return missedBefore;
  }

  const loaded = await loadManifests(paths);
  applyAll(loaded);
  const manifests = watchManifests(loaded.folders, { paths, clock, onChange: applyAll, onNotice });

  const kube = connect({ server: api.url, userAgent: 'kubelet' });
  const deploymentOf = (pod: { readonly metadata: unknown }) => ownerDeployment(registry, pod as KubeObject);
  kubelet = startKubelet({
    kube,
    nodeName: NODE_NAME,
    podIp: () => '127.0.0.1',
    clock,
    log: { info: () => {}, warn },
    out: options.onPodLog,
    manifestFolder(pod) {
      const deployment = deploymentOf(pod);
      return deployment && applier.folderOf(deployment.metadata.namespace ?? '', deployment.metadata.name);
    },
    commandFor: (pod) => deploymentOf(pod)?.metadata.annotations?.[DEV_COMMAND],
    onProblem(problem, pod) {
      const deployment = deploymentOf(pod);
      if (deployment === undefined) return onProblem(problem);
      const { namespace, name } = deployment.metadata;
      onProblem({ ...problem, key: `Deployment ${namespace}/${name}: ${problem.key}` });
    },
    baseEnv: process.env,
  });

  return {
    url: api.url,
    registry,
    problems: () => problems,
    async close(graceMs) {
      manifests.close();
      await controllers.close();
      await kubelet?.close(graceMs);
      await kube.close();
      await api.close();
    },
  };
}

/** The Deployment a pod belongs to, through its ReplicaSet. */
function ownerDeployment(registry: Registry, pod: KubeObject): KubeObject | undefined {
  const { namespace = '' } = pod.metadata;
  const set = controllerOf(pod);
  if (set?.kind !== 'ReplicaSet') return undefined;
  const found = registry.get(REPLICA_SETS, namespace, set.name);
  const owner = found instanceof ApiError ? undefined : controllerOf(found);
  if (owner?.kind !== 'Deployment') return undefined;
  const deployment = registry.get(DEPLOYMENTS, namespace, owner.name);
  return deployment instanceof ApiError ? undefined : deployment;
}
