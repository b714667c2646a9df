/** The Gateway API's own definitions, of the version that `gateway-api/go.mod` names, by Go's module cache. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MODULE = 'sigs.k8s.io/gateway-api';
const FOLDER = 'config/crd/standard';

/** CustomResourceDefinitions of these plurals; undefined where Go is missing. @throws when the module cannot be had */
export function gatewayDefinitions(...plurals: readonly string[]): readonly object[] | undefined {
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const options = { cwd: join(import.meta.dirname, 'gateway-api'), env, encoding: 'utf8' } as const;
  const { error, status, stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', MODULE], options);
  if (error !== undefined) return undefined;
  const { Dir, Error: fault } = JSON.parse(stdout) as { readonly Dir?: string; readonly Error?: string };
  if (status !== 0 || Dir === undefined) throw new Error(`${MODULE}: ${fault ?? stderr}`);
  return plurals.map((plural) => {
    const file = join(Dir, FOLDER, `gateway.networking.k8s.io_${plural}.yaml`);
    return parse(readFileSync(file, 'utf8')) as object;
  });
}
