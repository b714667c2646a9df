/** Which pods a ReplicaSet gives up first: the order of upstream's ActivePodsWithRanks, on one node. */
import type { Pod } from '../objects.ts';
export declare function isReady(pod: Pod): boolean;
/** Negative when `a` is to go before `b`. */
export declare function compareForDeletion(a: Pod, b: Pod, nowMs: number): number;
