/** Background garbage collection: what no owner is left for, and what stands in a namespace that is being deleted. */
import type { Clock } from '@rouse/contract';
import type { Registry } from '../registry.ts';
import type { Controller } from './replicaset-controller.ts';
export declare function startGarbageCollector(
  registry: Registry,
  clock: Clock,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller;
