import type { Problem } from '@rouse/contract';
import { type ManifestObject } from './parse-manifest.ts';
export interface LoadedManifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
  /** One line for each kind that is not used here. */
  readonly notices: readonly string[];
  /** Files with a fault: what they held before stays in force. */
  readonly brokenFiles: ReadonlySet<string>;
  /** Folders to watch for changes. */
  readonly folders: readonly string[];
}
export declare const identityOf: ({
  kind,
  namespace,
  name,
}: Pick<ManifestObject, 'kind' | 'namespace' | 'name'>) => string;
/** @param paths files or folders */
export declare function loadManifests(paths: readonly string[]): Promise<LoadedManifests>;
