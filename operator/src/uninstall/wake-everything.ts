/** Gives every Deployment that sleeps because of Rouse its pods back. */
import { type ClusterConfig, type InferenceService, readClusterConfig, readInferenceService } from '@rouse/contract';
import {
  configMapPath,
  deploymentsPath,
  describeFailure,
  inferenceServicesPath,
  type Kube,
  type KubeObject,
  listAll,
  namespacesPath,
} from '@rouse/kube';
import { type AdoptionInputs, ENABLED_KEY, judgeAdoption } from '../cluster/adoption.ts';
import type { RawDeployment } from '../cluster/api-shapes.ts';
import { projectDeployment } from '../cluster/deployment-record.ts';
import { FIELD_MANAGER } from '../cluster/field-owner.ts';
import { patchScale } from '../cluster/scale.ts';

export interface WakeOptions {
  readonly kube: Kube;
  /** Where Rouse is installed, and so its ConfigMap. */
  readonly namespace: string;
  readonly configMap: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** `namespace/name` and replicas of each that was woken. */
  onWoken(key: string, replicas: number): void;
}

export interface WakeResult {
  readonly woken: number;
  /** What is still asleep, or could not be looked at, in plain words. */
  readonly failures: readonly string[];
}

interface Sleeper {
  readonly key: string;
  readonly to: number;
}

/** Only what is at zero is written, and only as long as it still is. */
export async function wakeEverything(options: WakeOptions): Promise<WakeResult> {
  const { kube } = options;
  const config = await clusterConfig(options);
  const labels = new Map<string, string>();
  const sleepers: Sleeper[] = [];
  const failures: string[] = [];
  const never = new AbortController().signal;
  if (options.namespaces.length === 0) {
    const listed = await listAll<KubeObject>(kube, namespacesPath(), {}, never, ({ metadata }) => {
      const label = metadata.labels?.[ENABLED_KEY];
      if (label !== undefined) labels.set(metadata.name, label);
    });
    if (!listed.ok) failures.push(`Namespaces: ${describeFailure(listed)}`);
  }
  for (const namespace of options.namespaces.length === 0 ? [undefined] : options.namespaces) {
    const inferenceServices = new Map<string, InferenceService>();
    // Without KServe, or without leave to read its objects, one pod is what a Deployment of its gets.
    await listAll<KubeObject>(kube, inferenceServicesPath(namespace), {}, never, (raw) => {
      inferenceServices.set(raw.metadata.uid, readInferenceService(raw));
    });
    const listed = await listAll<RawDeployment>(kube, deploymentsPath(namespace), {}, never, (raw) => {
      const deployment = projectDeployment(raw);
      const to = wakesTo({
        deployment,
        inferenceService: inferenceServices.get(deployment.inferenceOwner?.uid ?? '') ?? null,
        namespaceLabel: labels.get(deployment.namespace),
        config,
      });
      if (to !== null) sleepers.push({ key: `${raw.metadata.namespace}/${raw.metadata.name}`, to });
    });
    if (!listed.ok)
      failures.push(`Deployments${namespace === undefined ? '' : ` of ${namespace}`}: ${describeFailure(listed)}`);
  }
  let woken = 0;
  for (const { key, to } of sleepers) {
    const outcome = await patchScale(kube, key, { seen: 0, to });
    if (outcome.kind === 'applied') {
      woken++;
      options.onWoken(key, to);
    } else if (outcome.kind !== 'refused') failures.push(`${key}: ${describeFailure(outcome.failure)}`);
  }
  return { woken, failures };
}

/** Replicas it gets; null where it has some, or is at zero by somebody else's will. */
function wakesTo(inputs: Omit<AdoptionInputs, 'adopt' | 'lastGood'>): number | null {
  const { deployment } = inputs;
  if (deployment.replicas > 0) return null;
  const adoption = judgeAdoption({ ...inputs, adopt: 'knative', lastGood: null });
  // Who wrote the zero is known to the API, also for one that was opted out while no operator ran.
  const ours = deployment.replicasOwners.includes(FIELD_MANAGER);
  if (!ours && adoption?.mode !== 'managed') return null;
  if (adoption?.settings.paused === 0) return null;
  return Math.max(1, adoption?.settings.minScale ?? 1);
}

async function clusterConfig({ kube, namespace, configMap }: WakeOptions): Promise<ClusterConfig> {
  const path = configMapPath(namespace, configMap);
  const read = await kube.request<{ data?: Record<string, string> }>({ method: 'GET', path });
  return readClusterConfig(read.ok ? read.value.data : undefined).config;
}
