/** The volumes of one pod as folders of this machine: written before its first container, kept up to date, removed. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@rouse/contract';
import type { Pod, Volume } from './pod.ts';
import { type VolumeContentResult, type VolumeContentSource, volumeContent } from './volume-content.ts';

export interface PodVolumes {
  /** Folders by volume name, once all are there. The same promise's result while they stand; tried anew after a failure. */
  ready(): Promise<PodVolumesResult>;
  /** Removes them. */
  close(): Promise<void>;
}

export type PodVolumesResult =
  | { readonly ok: true; readonly folders: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

export interface PodVolumesOptions extends VolumeContentSource {
  readonly clock: Clock;
  /** Of this pod alone. */
  readonly folder: string;
  /** Secrets and ConfigMaps are read anew so often, in ms. */
  readonly refreshMs: number;
  /** The newest known. */
  pod(): Pod;
}

/** A file may still be on its way into it. */
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };

export function podVolumes(options: PodVolumesOptions): PodVolumes {
  const { clock, folder, refreshMs, pod } = options;
  const cancels = new Map<string, () => void>();
  let made: Promise<PodVolumesResult> | undefined;
  let closed = false;

  /** A pod may go while they are made: that is no fault, and leaves nothing. */
  async function make(): Promise<PodVolumesResult> {
    try {
      return await makeAll();
    } catch (error) {
      if (!closed) throw error;
      return { ok: false, message: 'the pod is going' };
    } finally {
      if (closed) await rm(folder, REMOVE);
    }
  }

  async function makeAll(): Promise<PodVolumesResult> {
    const folders = new Map<string, string>();
    for (const volume of pod().spec.volumes ?? []) {
      const path = join(folder, volume.name);
      await mkdir(path, { recursive: true });
      const result = await fill(volume, path);
      if (!result.ok) return result;
      folders.set(volume.name, path);
    }
    return { ok: true, folders };
  }

  async function fill(volume: Volume, path: string): Promise<VolumeContentResult> {
    const result = await volumeContent(options, pod(), volume);
    if (closed || !result.ok) return result;
    for (const [name, bytes] of result.content.files) {
      if (closed) return { ok: false, message: 'the pod is going' };
      await replace(join(path, name), bytes);
    }
    const nextMs = Math.min(result.content.validMs, changes(volume) ? refreshMs : Number.POSITIVE_INFINITY);
    if (nextMs !== Number.POSITIVE_INFINITY) refreshAfter(nextMs, volume, path);
    return result;
  }

  /** What cannot be read then stays as it was, and is read a little later. */
  function refreshAfter(ms: number, volume: Volume, path: string): void {
    const refresh = async (): Promise<void> => {
      const result = await fill(volume, path).catch(() => undefined);
      if (result?.ok !== true && !closed) refreshAfter(refreshMs, volume, path);
    };
    cancels.set(
      volume.name,
      clock.after(ms, () => void refresh()),
    );
  }

  return {
    async ready() {
      made ??= make();
      const result = await made;
      if (!result.ok) made = undefined;
      return result;
    },
    async close() {
      closed = true;
      for (const cancel of cancels.values()) cancel();
      await rm(folder, REMOVE);
    },
  };
}

/** A token is renewed by its own time. */
function changes({ secret, configMap }: Volume): boolean {
  return secret !== undefined || configMap !== undefined;
}

/** Whoever reads it finds the old content or the new one. */
async function replace(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.new`;
  await writeFile(partial, bytes, { mode: 0o644 });
  await rename(partial, path);
}
