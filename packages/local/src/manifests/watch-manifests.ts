/** Loads manifests again whenever a file below the given paths changes. */
import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '@rouse/contract';
import { type LoadedManifests, loadManifests } from './load-manifests.ts';

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

/** Editors write in several steps (truncate and write, or write aside and rename): wait until they are done. */
const QUIET_MS = 100;
/** When `onChange` wants a second look. */
const AGAIN_MS = 400;

/**
 * Watches folders, not files: a file replaced by a rename is another file.
 * @param folders those of the load before
 */
export function watchManifests(folders: readonly string[], options: WatchManifestsOptions): ManifestWatch {
  const { clock } = options;
  const watchers = new Map<string, FSWatcher>();
  let cancel = (): void => {};
  let loading = false;
  let changedMeanwhile = false;
  let closed = false;

  function follow(wanted: readonly string[]): void {
    for (const [folder, watcher] of watchers) {
      if (wanted.includes(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of wanted) if (!watchers.has(folder)) open(folder);
  }

  function open(folder: string): void {
    try {
      const watcher = watch(folder, (event, name) => {
        // Apps write beside their manifests; only a manifest's content matters, and any coming or going.
        if (event === 'rename' || name === null || /\.ya?ml$/i.test(name)) schedule(QUIET_MS);
      });
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
        schedule(QUIET_MS);
      });
      watchers.set(folder, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      options.onNotice(`${folder} cannot be watched (${(error as Error).message}): restart after editing there`);
    }
  }

  function schedule(delayMs: number): void {
    if (closed) return;
    if (loading) {
      changedMeanwhile = true;
      return;
    }
    cancel();
    cancel = clock.after(delayMs, () => void reload());
  }

  async function reload(): Promise<void> {
    loading = true;
    changedMeanwhile = false;
    const loaded = await loadManifests(options.paths);
    loading = false;
    if (closed) return;
    follow(loaded.folders);
    const again = options.onChange(loaded);
    if (changedMeanwhile) schedule(QUIET_MS);
    else if (again) schedule(AGAIN_MS);
  }

  follow(folders);
  return {
    close() {
      closed = true;
      cancel();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
