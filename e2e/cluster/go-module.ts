/** The files of a Go module that a `go.mod` of ours names, by Go's module cache: nothing of it is built. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Downloads it unless it is there, checked by the `go.sum` beside the `go.mod`. Inside of the cluster's network nothing
 * can be downloaded; what is in the cache already costs nothing.
 * @param folder with the `go.mod`, beside this file
 * @returns undefined where it cannot be had: without Go, or without a network. @throws instead on a build machine
 */
export function goModuleFolder(folder: string, module: string): string | undefined {
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const options = { cwd: join(import.meta.dirname, folder), env, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, stdout, stderr, error } = spawnSync('go', ['mod', 'download', '-json', module], options);
  if (status === 0) return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
  if (process.env.CI === 'true') throw new Error(`${module}: ${error?.message ?? (stdout || stderr)}`);
  return undefined;
}
