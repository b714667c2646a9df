import type { Problem } from '@rouse/contract';
export interface FoundFiles {
  /** In a stable order, each once. */
  readonly files: readonly string[];
  /** Folders whose changes may add or remove files. */
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}
/** `node_modules` and hidden folders are not entered; a folder reached twice (by a link) counts once. */
export declare function findFiles(paths: readonly string[]): Promise<FoundFiles>;
