/** Who has which routes now, over all workloads: settled anew whenever what somebody claims may have changed. */
import type { RouteClaim } from './route-claims.ts';
import { type Claimant, type GrantedRoutes, grantRoutes } from './route-table.ts';

export interface RouteLedger {
  /** What the workload claims may have changed; asked for when the routes are settled. */
  claim(key: string): void;
  /** The workload claims nothing any more. */
  drop(key: string): void;
  /** What the workload has, everything known so far settled. */
  granted(key: string): GrantedRoutes;
}

export interface RouteLedgerOptions {
  claimant(key: string): Omit<Claimant, 'claims'>;
  claims(key: string): readonly RouteClaim[];
  /** The workload has other routes, or other problems with them, than before. */
  onChange(key: string): void;
}

const NOTHING: GrantedRoutes = { routes: [], problems: [] };

export function routeLedger(options: RouteLedgerOptions): RouteLedger {
  /** Null = to be asked for. */
  const claims = new Map<string, readonly RouteClaim[] | null>();
  let grants: ReadonlyMap<string, GrantedRoutes> = new Map();
  let due = false;

  /** Once for however many changes one page of a list or one chunk of a watch brings. */
  function settleSoon(): void {
    if (due) return;
    due = true;
    queueMicrotask(settle);
  }

  function settle(): void {
    if (!due) return;
    due = false;
    const claimants: Claimant[] = [];
    for (const [key, known] of claims) {
      const now = known ?? options.claims(key);
      claims.set(key, now);
      claimants.push({ ...options.claimant(key), claims: now });
    }
    const before = grants;
    grants = grantRoutes(claimants);
    for (const key of claims.keys()) {
      if (JSON.stringify(before.get(key) ?? NOTHING) !== JSON.stringify(grants.get(key))) options.onChange(key);
    }
  }

  return {
    claim(key) {
      claims.set(key, null);
      settleSoon();
    },
    drop(key) {
      if (claims.delete(key)) settleSoon();
    },
    granted(key) {
      settle();
      return grants.get(key) ?? NOTHING;
    },
  };
}
