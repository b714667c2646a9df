/** The Deployment controller: one ReplicaSet per template, scaled, rolled over and cleaned up as upstream does. */
import type { Clock } from '@rouse/contract';
import type { Registry } from '../registry.ts';
import type { Controller } from './replicaset-controller.ts';
export declare function startDeploymentController(
  registry: Registry,
  clock: Clock,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller;
