/** Starts the controllers of the local API together, and ends them together. */
import type { Clock } from '@rouse/contract';
import type { Registry } from '../registry.ts';
import { type Controller } from './replicaset-controller.ts';
export declare function startControllers(
  registry: Registry,
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller;
