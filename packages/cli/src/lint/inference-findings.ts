/** What is wrong with an InferenceService, whether its Deployments are among the files or are KServe's to make. */
import { annotations, inferenceProblems, type Problem, parseSettings, writtenAnnotations } from '@rouse/contract';
import { type Finding, findingOf } from './finding.ts';
import type { ManifestDeployment } from './manifest-deployment.ts';
import type { ManifestInference } from './manifest-inference.ts';

/** @param deployments of the files; what they say themselves counts for their component */
export function inferenceFindings(inference: ManifestInference, deployments: readonly ManifestDeployment[]): Finding[] {
  const { service } = inference;
  return [...service.components.keys()].flatMap((component) => {
    const own = deployments.find((each) => each.inference === inference && each.component === component);
    const { problems } = parseSettings(own?.annotations, undefined, { service, component });
    const mine = [...problems.filter(({ source }) => source === 'manifest'), ...inferenceProblems(service, component)];
    const written = writtenAnnotations(own?.annotations, service, component);
    return [...mine.map((each) => findingAt(inference, each)), ...awakeNotices(inference, component, written)];
  });
}

/** The place is the InferenceService's, so that its name need not be in the key. */
function findingAt({ place, service }: ManifestInference, problem: Problem): Finding {
  const name = `InferenceService ${service.name} `;
  return findingOf(place, { ...problem, key: problem.key.replace(name, ''), fix: problem.fix.replaceAll(name, '') });
}

/** Whoever has Rouse scale a model most likely wants it to sleep. */
function awakeNotices(
  { place, service }: ManifestInference,
  component: string,
  written: ReadonlyMap<string, string>,
): Finding[] {
  const { key, aliases, range } = annotations.minScale;
  const spec = service.components.get(component);
  if (spec === undefined || spec.multiNode || spec.fields.has('minReplicas')) return [];
  if ([key, ...aliases].some((each) => written.has(each))) return [];
  return [
    {
      ...place,
      key: `spec.${component}.minReplicas`,
      value: '',
      allowed: range,
      fix: 'Write minReplicas: 0 if it is to sleep: left out it is 1, as KServe has it.',
      severity: 'notice',
    },
  ];
}
