/** The PATH arguments of `rouse dev`: at least one, and each exists. */
import { stat } from 'node:fs/promises';
import type { Problem } from '@rouse/contract';

/** A problem for each path that is not there: most likely a slip of the pen, so nothing starts. */
export async function pathProblems(paths: readonly string[]): Promise<Problem[]> {
  const problem = (value: string, fix: string): Problem => ({
    source: 'flag',
    key: 'PATH',
    value,
    allowed: 'a manifest, or a folder with manifests',
    fix,
    severity: 'error',
  });
  if (paths.length === 0) return [problem('', 'Name at least one, e.g. rouse dev examples.')];
  const problems = await Promise.all(
    paths.map(async (path) => {
      try {
        await stat(path);
        return [];
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const missing = code === 'ENOENT' || code === 'ENOTDIR';
        return [problem(path, missing ? 'There is nothing at that path: correct it.' : `Make it readable (${code}).`)];
      }
    }),
  );
  return problems.flat();
}
