/** A cluster configuration from a vector's `config`, by the keys of Knative's config-autoscaler. */
import { type ClusterConfig, clusterConfigKeys, defaultClusterConfig } from '@rouse/contract';
import type { JsonObject } from './json-value.ts';

/** Upstream's tests name the two utilizations as fractions. */
const fractions: ReadonlyMap<string, keyof ClusterConfig> = new Map([
  ['container-concurrency-target-fraction', 'containerConcurrencyTargetPercentage'],
  ['target-utilization', 'targetUtilizationPercentage'],
]);

/** Later maps override earlier ones; keys that mean nothing here are left out. */
export function clusterConfigOf(...maps: readonly JsonObject[]): ClusterConfig {
  let config: ClusterConfig = defaultClusterConfig;
  for (const [key, value] of maps.flatMap((map) => Object.entries(map))) {
    const fraction = fractions.get(key);
    if (fraction !== undefined) {
      config = { ...config, [fraction]: Number(value) * 100 };
      continue;
    }
    const found = Object.entries(clusterConfigKeys).find(([, descriptor]) => descriptor.key === key);
    if (found === undefined) continue;
    const parsed = found[1].parse(String(value));
    if (parsed.ok) config = { ...config, [found[0]]: parsed.value };
  }
  return config;
}
