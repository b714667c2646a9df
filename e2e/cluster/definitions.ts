/** Other projects' own definitions of their kinds, of the versions that a `go.mod` for each names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { goModuleFolder } from './go-module.ts';

const GATEWAY_API = {
  folder: 'gateway-api',
  module: 'sigs.k8s.io/gateway-api',
  files: 'config/crd/standard/gateway.networking.k8s.io',
};
const PROMETHEUS_OPERATOR = {
  folder: 'prometheus-operator',
  module: 'github.com/prometheus-operator/prometheus-operator',
  files: 'example/prometheus-operator-crd/monitoring.coreos.com',
};

/** Undefined where they cannot be had; so is `monitoringDefinitions`. */
export function gatewayDefinitions(): readonly object[] | undefined {
  return definitions(GATEWAY_API, ['httproutes', 'referencegrants']);
}

export function monitoringDefinitions(): readonly object[] | undefined {
  return definitions(PROMETHEUS_OPERATOR, ['prometheusrules', 'servicemonitors']);
}

function definitions(
  { folder, module, files }: typeof GATEWAY_API,
  plurals: readonly string[],
): readonly object[] | undefined {
  const root = goModuleFolder(folder, module);
  if (root === undefined) return undefined;
  return plurals.map((plural) => parse(readFileSync(join(root, `${files}_${plural}.yaml`), 'utf8')) as object);
}
