/** Which part of an InferenceService a Deployment is. */

/**
 * From KServe's label `component` or, without one, from the name that KServe gives.
 * @returns `predictor`, `transformer`, `explainer`, or whatever else the label says
 */
export function inferenceComponent(deploymentName: string, label: unknown): string {
  if (typeof label === 'string') return label;
  return /-(predictor|transformer|explainer)(?:-|$)/.exec(deploymentName)?.[1] ?? 'predictor';
}
