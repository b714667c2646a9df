/** What the controller of all workloads lends to each. */
import type { ClusterConfig } from '@rouse/contract';
import type { WantedEntry } from '../members/wanted-table.ts';
import type { ScaleDownHost } from './scale-down.ts';
import type { TellingHost } from './workload-telling.ts';

export interface WorkloadHost extends Omit<ScaleDownHost, 'push' | 'told' | 'wake'>, TellingHost {
  config(): ClusterConfig;
  readonly maxWakeStep: number;
  readonly proxyUrl: string | null;
  readonly podDeletionCost: boolean;
  /** True while this operator may publish and write. */
  leading(): boolean;
  /** Of this leadership; null while following. */
  epoch(): number | null;
  /** Proxies whose demand is not known: those that hold up any scale-down, or those that hold up sleep alone. */
  unknownMembers(holdUp: 'fewer' | 'zero'): readonly string[];
  /** True when the entry differs from the one published before, so that it goes out. */
  publish(entry: WantedEntry): boolean;
  /** The entry last published, again under a new generation. */
  renew(): void;
  evaluateAfter(delayMs: number): void;
}
