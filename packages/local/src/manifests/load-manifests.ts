/** Reads all manifests below the given paths; one bad file or document leaves the others as they are. */
import { readFile } from 'node:fs/promises';
import type { Problem } from '@rouse/contract';
import { findFiles } from './find-files.ts';
import { type ManifestObject, manifestProblem, parseManifest } from './parse-manifest.ts';

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

export const identityOf = ({ kind, namespace, name }: Pick<ManifestObject, 'kind' | 'namespace' | 'name'>): string =>
  `${kind.resource}/${namespace}/${name}`;

/** @param paths files or folders */
export async function loadManifests(paths: readonly string[]): Promise<LoadedManifests> {
  const found = await findFiles(paths);
  const problems = [...found.problems];
  const objects = new Map<string, ManifestObject>();
  const brokenFiles = new Set<string>();
  const skipped = new Map<string, Set<string>>();
  for (const file of found.files) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      brokenFiles.add(file);
      problems.push(manifestProblem(file, 1, '', 'a readable file', `Make it readable (${(error as Error).message}).`));
      continue;
    }
    const parsed = parseManifest(file, text);
    problems.push(...parsed.problems);
    if (parsed.broken) brokenFiles.add(file);
    for (const kind of parsed.skippedKinds) skipped.set(kind, (skipped.get(kind) ?? new Set()).add(file));
    for (const object of parsed.objects) {
      const first = objects.get(identityOf(object));
      if (first) {
        const told = `${object.kind.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}`;
        const fix = `Remove one: ${first.file}:${first.line} defines it already and stays in force.`;
        problems.push(manifestProblem(file, object.line, told, 'each object once', fix));
      } else objects.set(identityOf(object), object);
    }
  }
  const notices = [...skipped].map(([kind, files]) => {
    const list = [...files];
    return `${kind} is not used here and was skipped (${list[0]}${list.length > 1 ? ` and ${list.length - 1} more` : ''})`;
  });
  return { objects: [...objects.values()], problems, notices, brokenFiles, folders: found.folders };
}
