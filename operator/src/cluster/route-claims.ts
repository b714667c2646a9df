/** The routes one workload asks for, most useful first: its names, its Services' names, KServe's, annotated ones. */
import { type InferenceService, inferenceComponent, routeOfUrl } from '@rouse/contract';
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
  /** The one that owns the Deployment, where it can be read. */
  readonly inferenceService: InferenceService | null;
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
  for (const { url, field } of inferenceUrls(inputs)) {
    const route = routeOfUrl(url);
    if (route !== null) claim(route, `InferenceService ${deployment.inferenceService} ${field}`);
  }
  const inference = deployment.inferenceService;
  if (inference !== null && takesInference(inputs)) {
    claim(`${inference}.${namespace}.${domain}`, 'serving.kserve.io/inferenceservice');
    claim(`${inference}-${namespace}.${domain}`, 'serving.kserve.io/inferenceservice');
  }
  return [...claims].map(([route, source]) => ({ route, source }));
}

/** The addresses that KServe tells people: its own, for whom requests enter at, and each component's. */
export function inferenceUrls(
  inputs: Pick<ClaimInputs, 'deployment' | 'hasTransformer' | 'inferenceService'>,
): { readonly url: string; readonly field: string }[] {
  const { deployment, inferenceService: service } = inputs;
  if (service === null) return [];
  const component = inferenceComponent(deployment.name, deployment.component);
  const own = service.components.get(component)?.url ?? null;
  return [
    ...(service.url !== null && takesInference(inputs) ? [{ url: service.url, field: 'status.url' }] : []),
    ...(own === null ? [] : [{ url: own, field: `status.components.${component}.url` }]),
  ];
}

function takesInference({ deployment, hasTransformer }: Pick<ClaimInputs, 'deployment' | 'hasTransformer'>): boolean {
  return inferenceComponent(deployment.name, deployment.component) === (hasTransformer ? 'transformer' : 'predictor');
}
