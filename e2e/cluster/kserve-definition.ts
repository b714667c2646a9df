/** KServe's own definition of the InferenceService, of the version that `kserve/go.mod` names, by Go's module cache. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MODULE = 'github.com/kserve/kserve';
const FILE = 'config/crd/full/serving.kserve.io_inferenceservices.yaml';

/** Inside of the cluster's network nothing can be fetched; what is in the cache already costs nothing. */
export function fetchKserve(): void {
  moduleFolder();
}

/** The definition with KServe's whole schema; undefined where it cannot be had: without Go, or without a network. */
export function kserveDefinition(): object | undefined {
  const folder = moduleFolder();
  return folder === undefined ? undefined : (parse(readFileSync(join(folder, FILE), 'utf8')) as object);
}

function moduleFolder(): string | undefined {
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const options = { cwd: join(import.meta.dirname, 'kserve'), env, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, stdout } = spawnSync('go', ['mod', 'download', '-json', MODULE], options);
  return status === 0 ? (JSON.parse(stdout) as { readonly Dir?: string }).Dir : undefined;
}
