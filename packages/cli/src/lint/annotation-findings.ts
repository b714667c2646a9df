/** What is wrong with a Deployment's annotations: their values, their types, the place they stand in, what is missing. */
import { KNATIVE_PREFIX, ROUSE_PREFIX } from '@rouse/contract';
import { type Finding, findingOf } from './finding.ts';
import type { ManifestDeployment } from './manifest-deployment.ts';

const ENABLED_KEY = 'rouse.dev/enabled';

export function annotationFindings(deployment: ManifestDeployment): Finding[] {
  return [...valueFindings(deployment), ...placeFindings(deployment)];
}

function valueFindings({ place, problems, unquoted }: ManifestDeployment): Finding[] {
  const ours = unquoted.filter(({ key }) => key.startsWith(ROUSE_PREFIX) || key.startsWith(KNATIVE_PREFIX));
  return [
    // What the InferenceService has wrong is told of that one.
    ...problems.filter(({ source }) => source === 'annotation').map((problem) => findingOf(place, problem)),
    ...ours.map(({ key, value }): Finding => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const fix =
        value === null ? `Give ${key} a value, in quotes.` : `Put it in quotes: ${key}: ${JSON.stringify(text)}.`;
      return { ...place, key, value: text, allowed: 'a string', fix, severity: 'error' };
    }),
  ];
}

/** Knative reads its keys on the Revision's template, so they are easily copied there. */
function placeFindings({ place, annotations, templateAnnotationKeys }: ManifestDeployment): Finding[] {
  return templateAnnotationKeys
    .filter((key) => (key.startsWith(KNATIVE_PREFIX) || key.startsWith(ROUSE_PREFIX)) && !annotations.has(key))
    .map((key) => ({
      ...place,
      key: `spec.template.metadata.annotations[${key}]`,
      value: key,
      allowed: "the Deployment's own metadata.annotations",
      fix: `Move ${key} to the Deployment's own metadata.annotations: on the pod template it has no effect.`,
      severity: 'error',
    }));
}

/** Keys of ours on a Deployment that neither it nor its Namespace enables: most likely forgotten. */
export function notEnabledFindings({ place, annotations, written }: ManifestDeployment): Finding[] {
  const key = [...annotations.keys()].find((each) => each.startsWith(ROUSE_PREFIX));
  if (key === undefined || written.has(ENABLED_KEY)) return [];
  return [
    {
      ...place,
      key,
      value: annotations.get(key) ?? '',
      allowed: `together with ${ENABLED_KEY}: "true"`,
      fix: `Set ${ENABLED_KEY}: "true" too, or that label on the Namespace: without it Rouse leaves the Deployment alone.`,
      severity: 'notice',
    },
  ];
}
