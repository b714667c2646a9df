/** Which part of an InferenceService a Deployment is. */
import type { DeploymentRecord } from './deployment-record.ts';

/** KServe's component, from its label or, without one, the end of the Deployment's name. */
export function inferenceComponent(deployment: DeploymentRecord): string | null {
  if (deployment.inferenceService === null) return null;
  return deployment.component ?? /-(predictor|transformer|explainer)(?:-|$)/.exec(deployment.name)?.[1] ?? 'predictor';
}
