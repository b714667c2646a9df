import type { Problem } from '@rouse/contract';
import type { Registry } from '../registry.ts';
import { type LoadedManifests } from './load-manifests.ts';
export interface ManifestApplier {
  /**
   * @param mayDelete false keeps objects that are missing now, for a second look
   * @returns problems of objects the API refused, and whether something is missing that was applied before
   */
  apply(
    loaded: LoadedManifests,
    mayDelete: boolean,
  ): {
    readonly problems: readonly Problem[];
    readonly missing: boolean;
  };
  /** Absolute folder of the manifest a Deployment came from; undefined for one made otherwise. */
  folderOf(namespace: string, deployment: string): string | undefined;
}
export declare function createManifestApplier(registry: Registry): ManifestApplier;
