import type { Clock } from '@rouse/contract';
import { type LoadedManifests } from './load-manifests.ts';
export interface ManifestWatch {
  close(): void;
}
export interface WatchManifestsOptions {
  readonly paths: readonly string[];
  readonly clock: Clock;
  /**
   * Called after each change with all manifests as they are now.
   * @returns true to be called again soon although nothing changed
   */
  readonly onChange: (loaded: LoadedManifests) => boolean;
  readonly onNotice: (line: string) => void;
}
/**
 * Watches folders, not files: a file replaced by a rename is another file.
 * @param folders those of the load before
 */
export declare function watchManifests(folders: readonly string[], options: WatchManifestsOptions): ManifestWatch;
