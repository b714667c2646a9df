/** All findings about loaded manifests: files, objects the API would refuse, annotations, ports, routes. */
import { type Clock, KNATIVE_PREFIX, KPA_CLASS, ROUSE_PREFIX, writtenAnnotations } from '@rouse/contract';
import { checkManifests, dig, isObject, type LoadedManifests, type ManifestObject } from '@rouse/local';
import { annotationFindings, notEnabledFindings } from './annotation-findings.ts';
import { type Finding, manifestFinding } from './finding.ts';
import { inferenceFindings } from './inference-findings.ts';
import { type ManifestDeployment, readDeployment } from './manifest-deployment.ts';
import { type ManifestInference, readInference } from './manifest-inference.ts';
import { readService } from './manifest-service.ts';
import { portFindings } from './port-findings.ts';
import { routeFindings } from './route-findings.ts';
import { templateNotices } from './template-notices.ts';

export interface LintResult {
  /** Number of Deployments that were read. */
  readonly deployments: number;
  /** Those among them that nothing asks Rouse to manage. */
  readonly notAnnotated: number;
  /** Number of KServe's InferenceServices that were read. */
  readonly inferenceServices: number;
  /** Number of files that hold one of them. */
  readonly files: number;
  /** In the order of files and lines. */
  readonly findings: readonly Finding[];
}

const ENABLED_KEY = 'rouse.dev/enabled';

/** @param domain value of `--domain`, lower case */
export function lintManifests(loaded: LoadedManifests, domain: string, clock: Clock): LintResult {
  const ofKind = (kind: string) => loaded.objects.filter((each) => each.kind.kind === kind);
  const services = ofKind('Service').map(readService);
  const enabledNamespaces = new Set(
    ofKind('Namespace')
      .filter(isEnabledNamespace)
      .map((each) => each.name),
  );
  const manifests = ofKind('Deployment');
  const inferences = ofKind('InferenceService').map(readInference);
  const deployments = manifests.map((each) => readDeployment(each, inferences));
  const managed = deployments.filter((each) => isManaged(each, enabledNamespaces));
  const scaled = managed.filter((each) => each.settings.class === KPA_CLASS);
  const refused = checkManifests({ ...loaded, objects: loaded.objects.map(withStringAnnotations) }, clock);
  const judged = inferences.filter(
    (each) => isManagedInference(each, enabledNamespaces) || managed.some(({ inference }) => inference === each),
  );
  const findings = [
    ...loaded.problems.map(manifestFinding),
    ...refused.map(manifestFinding),
    ...judged.flatMap((each) => inferenceFindings(each, deployments)),
    ...managed.flatMap(annotationFindings),
    ...managed.filter((each) => !enabledNamespaces.has(each.namespace)).flatMap(notEnabledFindings),
    ...scaled.flatMap((each) => portFindings(each, services)),
    ...routeFindings(scaled, services, domain),
    ...scaled.flatMap(templateNotices),
  ];
  return {
    deployments: deployments.length,
    notAnnotated: deployments.length - managed.length,
    inferenceServices: inferences.length,
    files: new Set([...manifests, ...ofKind('InferenceService')].map((each) => each.file)).size,
    findings: once(findings).sort(byPlace),
  };
}

function isEnabledNamespace({ object }: ManifestObject): boolean {
  return dig(object, 'metadata', 'labels', ENABLED_KEY) === 'true';
}

/** Any key of ours or Knative's shows that Rouse is meant, also a misplaced one; `"false"` that it is not. */
function isManaged(deployment: ManifestDeployment, enabledNamespaces: ReadonlySet<string>): boolean {
  const { written, unquoted, templateAnnotationKeys, namespace } = deployment;
  if (written.get(ENABLED_KEY) === 'false') return false;
  const keys = [...written.keys(), ...unquoted.map(({ key }) => key), ...templateAnnotationKeys];
  return (
    enabledNamespaces.has(namespace) ||
    keys.some((key) => key.startsWith(ROUSE_PREFIX) || key.startsWith(KNATIVE_PREFIX))
  );
}

/** Its Deployments need not be among the files: KServe makes them, with its annotations. */
function isManagedInference({ service, namespace }: ManifestInference, enabled: ReadonlySet<string>): boolean {
  const written = [...service.components.keys()].map((component) => writtenAnnotations(null, service, component));
  if (written.every((each) => each.get(ENABLED_KEY) === 'false')) return false;
  return enabled.has(namespace) || written.some((each) => each.size > 0);
}

/** What is wrong with an InferenceService comes up with each of its components. */
function once(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()];
}

/** Unquoted annotations of ours are told by `annotationFindings`, with key and fix; once is enough. */
function withStringAnnotations(manifest: ManifestObject): ManifestObject {
  if (manifest.kind.kind !== 'Deployment') return manifest;
  const { metadata } = manifest.object;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return manifest;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations).filter(
      ([key, value]) => typeof value === 'string' || !(key.startsWith(ROUSE_PREFIX) || key.startsWith(KNATIVE_PREFIX)),
    ),
  );
  return { ...manifest, object: { ...manifest.object, metadata: { ...metadata, annotations } } };
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || rank(a) - rank(b);
}

function rank({ severity }: Finding): number {
  return severity === 'error' ? 0 : 1;
}
