/** The routes one workload asks for, most useful first: its names, its Services' names, KServe's, annotated ones. */

import type { DeploymentRecord } from './deployment-record.ts';
import { type ServiceRecord, selects } from './service-record.ts';

export interface RouteClaim {
  /** `host` or `host/path-prefix`, lower case host. */
  readonly route: string;
  /** Where it comes from: the key of a problem about it. */
  readonly source: string;
}

export interface ClaimInputs {
  readonly deployment: DeploymentRecord;
  /** Value of `--domain`, lower case. */
  readonly domain: string;
  /** Of the Deployment's namespace. */
  readonly services: Iterable<ServiceRecord>;
  /** `rouse.dev/routes`, parsed. */
  readonly annotated: readonly string[];
  /** A transformer exists for the Deployment's InferenceService. */
  readonly hasTransformer: boolean;
}

/** Each route once. */
export function routeClaims(inputs: ClaimInputs): readonly RouteClaim[] {
  const { deployment, domain } = inputs;
  const { namespace } = deployment;
  const claims = new Map<string, string>();
  const claim = (route: string, source: string) => {
    if (!claims.has(route)) claims.set(route, source);
  };
  const claimName = (name: string, source: string) => {
    claim(`${name}.${namespace}.${domain}`, source);
    claim(`${name}.${namespace}`, source);
    claim(`${name}.${namespace}.svc`, source);
    claim(`${name}.${namespace}.svc.cluster.local`, source);
  };
  claimName(deployment.name, 'metadata.name');
  for (const route of inputs.annotated) claim(route, 'rouse.dev/routes');
  for (const service of inputs.services) {
    if (selects(service, deployment.templateLabels)) claimName(service.name, `Service ${service.name}`);
  }
  const inference = deployment.inferenceService;
  if (inference !== null && takesInference(deployment, inputs.hasTransformer)) {
    claim(`${inference}.${namespace}.${domain}`, 'serving.kserve.io/inferenceservice');
    claim(`${inference}-${namespace}.${domain}`, 'serving.kserve.io/inferenceservice');
  }
  return [...claims].map(([route, source]) => ({ route, source }));
}

/** KServe's component, from its label or, without one, the end of the Deployment's name. */
export function inferenceComponent(deployment: DeploymentRecord): string | null {
  if (deployment.inferenceService === null) return null;
  return deployment.component ?? /-(predictor|transformer|explainer)(?:-|$)/.exec(deployment.name)?.[1] ?? 'predictor';
}

function takesInference(deployment: DeploymentRecord, hasTransformer: boolean): boolean {
  return inferenceComponent(deployment) === (hasTransformer ? 'transformer' : 'predictor');
}
