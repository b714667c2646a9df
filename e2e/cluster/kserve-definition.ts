/** KServe's own definition of the InferenceService, of the version that `kserve/go.mod` names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { goModuleFolder } from './go-module.ts';

const FILE = 'config/crd/full/serving.kserve.io_inferenceservices.yaml';

/** With KServe's whole schema; undefined where it cannot be had. */
export function kserveDefinition(): object | undefined {
  const folder = goModuleFolder('kserve', 'github.com/kserve/kserve');
  return folder === undefined ? undefined : (parse(readFileSync(join(folder, FILE), 'utf8')) as object);
}
