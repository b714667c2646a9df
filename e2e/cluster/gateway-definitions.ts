/** The Gateway API's own definitions, of the version that `gateway-api/go.mod` names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { goModuleFolder } from './go-module.ts';

const FOLDER = 'config/crd/standard';

/** CustomResourceDefinitions of these plurals; undefined where they cannot be had. */
export function gatewayDefinitions(...plurals: readonly string[]): readonly object[] | undefined {
  const folder = goModuleFolder('gateway-api', 'sigs.k8s.io/gateway-api');
  return folder === undefined
    ? undefined
    : plurals.map((plural) => {
        const file = join(folder, FOLDER, `gateway.networking.k8s.io_${plural}.yaml`);
        return parse(readFileSync(file, 'utf8')) as object;
      });
}
