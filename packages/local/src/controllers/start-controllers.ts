/** Starts the controllers of the local API together, and ends them together. */
import type { Clock } from '@rouse/contract';
import type { Registry } from '../registry.ts';
import { startDeploymentController } from './deployment-controller.ts';
import { pruneEvents } from './event-recorder.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { createPortAllocator } from './port-allocator.ts';
import { type Controller, startReplicaSetController } from './replicaset-controller.ts';

const PRUNE_EVERY_MS = 60_000;

export function startControllers(
  registry: Registry,
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller {
  const controllers = [
    startDeploymentController(registry, clock, log),
    startReplicaSetController(registry, clock, createPortAllocator(), log),
    startGarbageCollector(registry, clock, log),
  ];
  let cancelPrune = clock.after(PRUNE_EVERY_MS, prune);

  function prune(): void {
    pruneEvents(registry, clock);
    cancelPrune = clock.after(PRUNE_EVERY_MS, prune);
  }

  return {
    async close() {
      cancelPrune();
      await Promise.all(controllers.map((controller) => controller.close()));
    },
  };
}
