/** The ReplicaSet controller: as many pods as wanted, made at once and given up in upstream's order. */
import type { Clock } from '@rouse/contract';
import { type Pod } from '../objects.ts';
import { type Registry } from '../registry.ts';
import type { PortAllocator } from './port-allocator.ts';
export interface Controller {
  close(): Promise<void>;
}
/** Neither ended nor on its way out. */
export declare function isActive(pod: Pod): boolean;
/** ms until the pod has been ready for `minReadySeconds`: 0 when it has, null when it is not ready. */
export declare function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | null;
export declare function startReplicaSetController(
  registry: Registry,
  clock: Clock,
  ports: PortAllocator,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller;
