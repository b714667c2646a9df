/** Who gets which route: the older of two Deployments that claim the same one keeps it. */
import type { Problem } from '@rouse/contract';
import type { RouteClaim } from './route-claims.ts';

export interface Claimant {
  readonly key: string;
  readonly uid: string;
  /** Unix ms. */
  readonly createdMs: number;
  readonly claims: readonly RouteClaim[];
}

export interface GrantedRoutes {
  readonly routes: readonly string[];
  readonly problems: readonly Problem[];
}

const NONE: GrantedRoutes = { routes: [], problems: [] };

/** Grants of every claimant, by key; independent of the order of `claimants`. */
export function grantRoutes(claimants: Iterable<Claimant>): ReadonlyMap<string, GrantedRoutes> {
  const holders = new Map<string, Claimant>();
  const all = [...claimants].sort(older);
  const granted = new Map<string, GrantedRoutes>();
  for (const claimant of all) {
    const routes: string[] = [];
    const problems: Problem[] = [];
    for (const claim of claimant.claims) {
      const holder = holders.get(claim.route);
      if (holder === undefined) {
        holders.set(claim.route, claimant);
        routes.push(claim.route);
      } else {
        problems.push(conflict(claim, holder));
      }
    }
    granted.set(claimant.key, routes.length === 0 && problems.length === 0 ? NONE : { routes, problems });
  }
  return granted;
}

/** Creation times have whole seconds, so the key settles what they leave open. */
function older(a: Claimant, b: Claimant): number {
  return a.createdMs - b.createdMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

function conflict(claim: RouteClaim, holder: Claimant): Problem {
  return {
    source: claim.source.startsWith('rouse.dev/') ? 'annotation' : 'manifest',
    key: claim.source,
    value: claim.route,
    allowed: 'a route that no older Deployment has',
    fix: `${holder.key} is older and keeps ${claim.route}: remove the route there, or choose another here.`,
    severity: 'error',
  };
}
