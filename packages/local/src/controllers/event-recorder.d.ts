/** Writes Events about objects as upstream's recorders do: repeated ones are counted, old ones dropped. */
import type { Clock } from '@rouse/contract';
import { type KubeObject } from '../objects.ts';
import type { Registry } from '../registry.ts';
export interface EventRecorder {
  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}
export declare function createEventRecorder(registry: Registry, clock: Clock, component: string): EventRecorder;
/** Removes Events past their time or number; called now and then by whoever owns the API. */
export declare function pruneEvents(registry: Registry, clock: Clock): void;
