/** The operator's picture of the cluster: reflectors in, one immutable value a workload out. */
import { type Clock, type ClusterConfig, defaultClusterConfig, type WorkloadKey } from '@rouse/contract';
import {
  deploymentsPath,
  describeFailure,
  type Kube,
  type KubeLog,
  type KubeObject,
  namespacesPath,
  type Reflector,
  reflect,
} from '@rouse/kube';
import { type AdoptFlag, ENABLED_KEY } from './adoption.ts';
import { type DeploymentRecord, deploymentKey, projectDeployment } from './deployment-record.ts';
import { type InferenceServiceWatch, inferenceServiceWatch } from './inference-service-watch.ts';
import { type NamespaceWatch, namespaceWatch } from './namespace-watch.ts';
import type { ClusterView } from './observed-workload.ts';
import { type WorkloadStates, workloadStates } from './workload-states.ts';

export interface ClusterViewOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly adopt: AdoptFlag;
  /** Value of `--domain`. */
  readonly domain: string;
  /** Defaults and limits in force; default Knative's. Tell of new ones by `configChanged`. */
  readonly config?: () => ClusterConfig;
  /** Only these are read, each on its own, so that Roles suffice; default and empty: all, and Namespaces for their label. */
  readonly namespaces?: readonly string[];
}

interface NamespaceRecord {
  readonly name: string;
  readonly enabled: string;
}

export function clusterView(options: ClusterViewOptions): ClusterView {
  const { kube, clock, log } = options;
  const watches = new Map<string, NamespaceWatch>();
  const subscribers = new Set<(key: WorkloadKey) => void>();
  let deployments: readonly Reflector<DeploymentRecord>[] = [];
  let namespaces: Reflector<NamespaceRecord> | undefined;
  let inferenceServices: InferenceServiceWatch | undefined;
  let synced = false;
  let stopped = false;
  let resolveSynced: () => void = () => undefined;
  const whenSynced = new Promise<void>((resolve) => {
    resolveSynced = resolve;
  });

  const states: WorkloadStates = workloadStates({
    clock,
    adopt: options.adopt,
    domain: options.domain.toLowerCase(),
    config: options.config ?? (() => defaultClusterConfig),
    namespaceLabel: (namespace) => namespaces?.get(namespace)?.enabled,
    watchOf: (namespace) => watches.get(namespace),
    inferenceService: (namespace, owner) => inferenceServices?.ownerOf(namespace, owner),
    inferenceServicesSettled: () => inferenceServices?.settled === true,
    onChange(key) {
      for (const subscriber of subscribers) subscriber(key);
    },
    onNamespaceNeeded(namespace, needed) {
      if (needed) watch(namespace);
      else unwatch(namespace);
    },
  });

  function watch(namespace: string): void {
    if (watches.has(namespace) || stopped) return;
    watches.set(
      namespace,
      namespaceWatch({
        kube,
        clock,
        log,
        namespace,
        onDeployment: states.touchUid,
        onServices: () => states.servicesChanged(namespace),
        onAutoscaler: (name) => states.touch(`${namespace}/${name}`),
        onSync() {
          states.servicesChanged(namespace);
          checkSynced();
        },
      }),
    );
  }

  function unwatch(namespace: string): void {
    watches.get(namespace)?.stop();
    watches.delete(namespace);
    checkSynced();
  }

  function checkSynced(): void {
    if (synced || deployments.length === 0 || !deployments.every((each) => each.synced)) return;
    if (namespaces?.synced === false || inferenceServices?.settled === false) return;
    if (![...watches.values()].every((each) => each.synced)) return;
    synced = true;
    resolveSynced();
  }

  function watchNamespaces(): Reflector<NamespaceRecord> {
    return reflect({
      kube,
      clock,
      log,
      path: namespacesPath(),
      project: projectNamespace,
      key: (each: NamespaceRecord) => each.name,
      onChange: (name) => states.reconsiderNamespace(name),
      onSync: checkSynced,
      // Without permission for Namespaces only their label is lost.
      optional: true,
    });
  }

  return {
    start() {
      const named = new Set(options.namespaces ?? []);
      // Whose label would adopt is named one by one; Namespaces themselves no Role can allow.
      if (named.size === 0) namespaces = watchNamespaces();
      inferenceServices = inferenceServiceWatch({
        kube,
        clock,
        log,
        namespaces: [...named],
        onChange: states.inferenceServiceChanged,
        onSettled() {
          states.inferenceServicesRead();
          checkSynced();
        },
      });
      deployments = (named.size === 0 ? [undefined] : [...named]).map((namespace) =>
        reflect({
          kube,
          clock,
          log,
          path: deploymentsPath(namespace),
          project: projectDeployment,
          key: deploymentKey,
          onChange: states.deploymentChanged,
          onSync: checkSynced,
        }),
      );
    },
    whenSynced,
    get synced() {
      return synced;
    },
    keys: states.keys,
    get: states.observe,
    configChanged: states.configChanged,
    deployment(key) {
      const record = deployments.map((each) => each.get(key)).find((each) => each !== undefined);
      return record && { uid: record.uid, replicas: record.replicas, resourceVersion: record.resourceVersion };
    },
    subscribe(onKey) {
      subscribers.add(onKey);
      return () => subscribers.delete(onKey);
    },
    noteWrite: states.noteWrite,
    troubles: () => [
      ...[...deployments, namespaces].flatMap((each) => (each?.trouble ? [describeFailure(each.trouble)] : [])),
      ...(inferenceServices?.troubles() ?? []),
      ...[...watches.values()].flatMap((each) => each.troubles()),
    ],
    stop() {
      stopped = true;
      for (const each of deployments) each.stop();
      namespaces?.stop();
      inferenceServices?.stop();
      for (const each of watches.values()) each.stop();
      states.stop();
      subscribers.clear();
    },
  };
}

/** Only namespaces with the label are kept. */
function projectNamespace(raw: KubeObject): NamespaceRecord | null {
  const enabled = raw.metadata.labels?.[ENABLED_KEY];
  return enabled === undefined ? null : { name: raw.metadata.name, enabled };
}
