/** Whether Rouse manages a Deployment: by annotation, Namespace label, Knative keys or flag. */
import {
  type ClusterConfig,
  type InferenceService,
  inferenceComponent,
  inferenceProblems,
  KNATIVE_PREFIX,
  KPA_CLASS,
  type Problem,
  parseSettings,
  type Settings,
  writtenAnnotations,
} from '@rouse/contract';
import type { DeploymentRecord } from './deployment-record.ts';
import type { ManagedMode } from './observed-workload.ts';

/** `explicit`: only `rouse.dev/enabled`. `knative`: Knative's keys too, as unrouted. `all`: every Deployment. */
export type AdoptFlag = 'explicit' | 'knative' | 'all';

/** Annotation, and label of a Namespace. */
export const ENABLED_KEY = 'rouse.dev/enabled';

export interface Adoption {
  readonly mode: ManagedMode;
  /** Plain words for a mode other than `managed`. */
  readonly reason: string | null;
  /** In force. */
  readonly settings: Settings;
  /** Last settings without an error, to be handed to the next judgement; null while there never were any. */
  readonly lastGood: Settings | null;
  readonly problems: readonly Problem[];
}

export interface AdoptionInputs {
  readonly deployment: DeploymentRecord;
  /** The one that owns it, where it can be read. */
  readonly inferenceService: InferenceService | null;
  /** Value of the label `rouse.dev/enabled` on its Namespace. */
  readonly namespaceLabel: string | undefined;
  readonly adopt: AdoptFlag;
  readonly config: ClusterConfig;
  /** Of the same Deployment (uid). */
  readonly lastGood: Settings | null;
}

/** Its own annotations and those it has from its InferenceService. */
type Written = ReadonlyMap<string, string>;

/** Null: nothing to manage and nothing to tell. */
export function judgeAdoption(inputs: AdoptionInputs): Adoption | null {
  const { deployment, inferenceService: service, config } = inputs;
  const component = inferenceComponent(deployment.name, deployment.component);
  const written = writtenAnnotations(deployment.annotations, service, component);
  const misplaced = templateKeyProblems(deployment);
  const asked = whoAsked(written, inputs);
  if (asked === null) {
    const problems = [...misplaced, ...notEnabledProblems(written)];
    if (problems.length === 0) return null;
    const { settings } = parseSettings(null, config);
    return { mode: 'left-alone', reason: `${ENABLED_KEY} is not "true"`, settings, lastGood: null, problems };
  }
  const parsed = parseSettings(deployment.annotations, config, service && { service, component });
  const bad = parsed.problems.some((problem) => problem.severity === 'error');
  const lastGood = bad ? inputs.lastGood : parsed.settings;
  const settings = lastGood ?? parsed.settings;
  const problems = [...parsed.problems, ...misplaced, ...(service ? inferenceProblems(service, component) : [])];
  const leave = (reason: string): Adoption => ({ mode: 'left-alone', reason, settings, lastGood, problems });
  if (deployment.knativeRevision !== null) {
    // Knative annotates every Deployment of its own; only one that somebody enabled by hand is worth a word.
    if (written.get(ENABLED_KEY) === undefined) return null;
    return leave(`owned by the Knative Revision ${deployment.knativeRevision}, which Knative scales`);
  }
  if (service?.components.get(component)?.multiNode === true)
    return leave(`InferenceService ${service.name} has a workerSpec: its head and workers stay as many as they are`);
  if (lastGood === null) return leave('its annotations have errors and it never had good ones');
  if (settings.class !== KPA_CLASS) return leave(`class ${settings.class}: another autoscaler owns it`);
  if (asked === 'knative') {
    const reason = 'adopted by Knative annotations alone: its replicas are left alone until a first request comes in';
    return { mode: 'unrouted', reason, settings, lastGood, problems };
  }
  return { mode: 'managed', reason: null, settings, lastGood, problems };
}

/** Its InferenceService cannot be read: its pods go on being used, and stay as many as they are; from zero it wakes to one. */
export function withoutItsInferenceService(deployment: DeploymentRecord, adoption: Adoption): Adoption {
  const { replicas, inferenceOwner } = deployment;
  const settings = { ...adoption.settings, minScale: replicas, activationScale: 1, maxScale: Math.max(1, replicas) };
  const problem: Problem = {
    source: 'manifest',
    key: `InferenceService ${inferenceOwner?.name}`,
    value: '',
    allowed: 'one that the Kubernetes API hands out',
    fix: "See the operator's log for what it answers; until then the replicas stay as they are, and from zero it wakes to one.",
    severity: 'notice',
  };
  return { ...adoption, settings, problems: [...adoption.problems, problem] };
}

/** `rouse` = an annotation, label or flag of ours; null = nobody. */
function whoAsked(written: Written, { namespaceLabel, adopt }: AdoptionInputs): 'rouse' | 'knative' | null {
  const enabled = written.get(ENABLED_KEY);
  if (enabled === 'false') return null;
  // A value that is neither is a problem of the annotation's parser; it must not opt out by accident.
  if (enabled !== undefined || namespaceLabel === 'true' || adopt === 'all') return 'rouse';
  const hasKnative = [...written.keys()].some((key) => key.startsWith(KNATIVE_PREFIX));
  return hasKnative && adopt === 'knative' ? 'knative' : null;
}

function templateKeyProblems(deployment: DeploymentRecord): Problem[] {
  if (deployment.annotations.get(ENABLED_KEY) === 'false' || deployment.knativeRevision !== null) return [];
  return deployment.templateKnativeKeys
    .filter((key) => !deployment.annotations.has(key))
    .map((key) => ({
      source: 'annotation',
      key: `spec.template.metadata.annotations[${key}]`,
      value: '',
      allowed: "the Deployment's own metadata.annotations",
      fix: `Move ${key} from the pod template to the Deployment's own metadata.annotations; on the template it has no effect.`,
      severity: 'error',
    }));
}

/** Keys of ours on a Deployment that nobody enabled: most likely forgotten. */
function notEnabledProblems(written: Written): Problem[] {
  const enabled = written.get(ENABLED_KEY);
  const key = [...written.keys()].find((each) => each.startsWith('rouse.dev/'));
  if (enabled !== undefined || key === undefined) return [];
  return [
    {
      source: 'annotation',
      key,
      value: written.get(key) ?? '',
      allowed: `together with ${ENABLED_KEY}: "true"`,
      fix: `Set ${ENABLED_KEY}: "true" on the Deployment, or that label on its Namespace; without it Rouse leaves it alone.`,
      severity: 'notice',
    },
  ];
}
