/** The shipped manifests as objects, with what a test wants otherwise. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const deployFolder = join(import.meta.dirname, '../../deploy');
export const NAMESPACE = 'rouse-system';
export const PROXY = 'rouse-proxy';
export const OPERATOR = 'rouse-operator';

export interface InstallOptions {
  /** The manifests' own 2 by default. */
  readonly proxies?: number;
  /** The manifests' own 1 by default. */
  readonly operators?: number;
  /** Grants and turns on pod-deletion-cost, as `deploy/components/pod-deletion-cost` does. */
  readonly podDeletionCost?: boolean;
  /** False leaves out what makes the API refuse bad annotations, so that they reach the operator. */
  readonly admissionPolicy?: boolean;
  /** Port that the proxies' Pods name for administration, in place of the one they listen on. */
  readonly namedAdminPort?: number;
  /** Added to the operator's. */
  readonly operatorArgs?: readonly string[];
  /** Added to the proxies'. */
  readonly proxyArgs?: readonly string[];
}

export interface DeploymentObject {
  readonly kind?: string;
  readonly metadata: { readonly name: string };
  readonly spec: { replicas?: number; readonly template: { readonly spec: { readonly containers: [Args] } } };
}
interface Args {
  readonly args: string[];
  readonly ports: readonly { readonly name: string; containerPort: number }[];
}

/** `deploy/rouse.yaml`, and the component where it is asked for. */
export function rouseManifests(options: InstallOptions): DeploymentObject[] {
  const files = [join(deployFolder, 'rouse.yaml')];
  const component = join(deployFolder, 'components/pod-deletion-cost');
  if (options.podDeletionCost === true) {
    const names = readdirSync(component).filter((name) => name !== 'kustomization.yaml');
    files.push(...names.map((name) => join(component, name)));
  }
  const objects = files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as DeploymentObject | null)
    .filter((object) => object !== null)
    .filter(({ kind }) => options.admissionPolicy !== false || kind !== 'ValidatingAdmissionPolicyBinding');
  const deploymentOf = (name: string): DeploymentObject =>
    objects.find((each) => each.kind === 'Deployment' && each.metadata.name === name)!;
  const containerOf = (name: string): Args => deploymentOf(name).spec.template.spec.containers[0];
  const argsOf = (name: string): string[] => containerOf(name).args;
  if (options.namedAdminPort !== undefined) {
    containerOf(PROXY).ports.find(({ name }) => name === 'admin')!.containerPort = options.namedAdminPort;
  }
  if (options.operators !== undefined) deploymentOf(OPERATOR).spec.replicas = options.operators;
  if (options.proxies !== undefined) deploymentOf(PROXY).spec.replicas = options.proxies;
  argsOf(PROXY).push(...(options.proxyArgs ?? []));
  argsOf(OPERATOR).push(...(options.operatorArgs ?? []));
  if (options.podDeletionCost === true) argsOf(OPERATOR).push('--pod-deletion-cost=true');
  return objects;
}
