/** Makes the API hold what the manifests say: creates, updates on an edit, deletes what was taken out. */
import { dirname, resolve } from 'node:path';
import type { Problem } from '@rouse/contract';
import { ApiError } from '../api-error.ts';
import { deepEqual, isObject, type JsonObject } from '../json.ts';
import { CONFIG_MAPS, DEPLOYMENTS, INFERENCE_SERVICES, NAMESPACES, SECRETS, SERVICES } from '../kinds.ts';
import type { Registry } from '../registry.ts';
import { ownByInferenceService } from './inference-owner.ts';
import { identityOf, type LoadedManifests } from './load-manifests.ts';
import { type ManifestObject, manifestProblem } from './parse-manifest.ts';
import { threeWayMerge, withoutSettledReplicas } from './three-way-merge.ts';

export interface ManifestApplier {
  /**
   * @param mayDelete false keeps objects that are missing now, for a second look
   * @returns problems of objects the API refused, and whether something is missing that was applied before
   */
  apply(
    loaded: LoadedManifests,
    mayDelete: boolean,
  ): { readonly problems: readonly Problem[]; readonly missing: boolean };
  /** Absolute folder of the manifest a Deployment came from; undefined for one made otherwise. */
  folderOf(namespace: string, deployment: string): string | undefined;
}

/** What others refer to comes first. */
const ORDER = [NAMESPACES, CONFIG_MAPS, SECRETS, SERVICES, INFERENCE_SERVICES, DEPLOYMENTS];
const WRITER = { manager: 'rouse-dev', operation: 'Update' } as const;

export function createManifestApplier(registry: Registry): ManifestApplier {
  const applied = new Map<string, ManifestObject>();

  function applyOne(next: ManifestObject): ApiError | null {
    const { kind, namespace, name, object } = next;
    if (kind.namespaced) ensureNamespace(namespace);
    const last = applied.get(identityOf(next));
    if (last && deepEqual(last.object, object) && !(registry.get(kind, namespace, name) instanceof ApiError)) {
      applied.set(identityOf(next), next);
      return null;
    }
    let result = registry.create(kind, namespace, object, { writer: WRITER });
    if (result instanceof ApiError && result.code === 409) {
      const wanted = kind === DEPLOYMENTS ? withoutSettledReplicas(last?.object, object) : object;
      const before = last && kind === DEPLOYMENTS ? withoutSettledReplicas(object, last.object) : last?.object;
      const change = (live: JsonObject) => threeWayMerge(managed(before), managed(wanted) ?? {}, live);
      result = registry.update(kind, namespace, name, change, { writer: WRITER });
    }
    if (result instanceof ApiError) return result;
    applied.set(identityOf(next), next);
    return null;
  }

  function ensureNamespace(name: string): void {
    if (!(registry.get(NAMESPACES, '', name) instanceof ApiError)) return;
    registry.create(NAMESPACES, '', { metadata: { name } }, { writer: WRITER });
  }

  return {
    apply(loaded, mayDelete) {
      const problems: Problem[] = [];
      const ordered = [...loaded.objects].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
      for (const object of ordered) {
        const refused = applyOne(object);
        if (!refused) continue;
        const told = `${object.kind.kind} ${object.name}`;
        const message = refused.status.message ?? `refused with ${refused.code}`;
        problems.push(
          manifestProblem(object.file, object.line, told, 'what the Kubernetes API accepts', `Mend it: ${message}.`),
        );
      }
      for (const each of loaded.objects) ownByInferenceService(registry, each, WRITER);
      const present = new Set(loaded.objects.map(identityOf));
      const gone = [...applied].filter(([key, { file }]) => !present.has(key) && !loaded.brokenFiles.has(file));
      if (mayDelete) {
        for (const [key, { kind, namespace, name }] of gone) {
          registry.remove(kind, namespace, name);
          applied.delete(key);
        }
      }
      return { problems, missing: gone.length > 0 };
    },
    folderOf(namespace, deployment) {
      const from = applied.get(identityOf({ kind: DEPLOYMENTS, namespace, name: deployment }));
      return from && dirname(resolve(from.file));
    },
  };
}

/** The part of a manifest that is its author's: a status in it means nothing, and the server writes the rest. */
function managed(object: JsonObject | undefined): JsonObject | undefined {
  if (!object) return undefined;
  const { status: _, metadata, ...rest } = object;
  if (!isObject(metadata)) return rest;
  const { labels, annotations } = metadata;
  return {
    ...rest,
    metadata: { ...(isObject(labels) ? { labels } : {}), ...(isObject(annotations) ? { annotations } : {}) },
  };
}
