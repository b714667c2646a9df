/** Which workload a host and path belong to: an immutable table that is built whole and swapped whole. */

/** `host` or `host/path-prefix`, with a host of `name`, `*.suffix` or `*`; unknown parts never match anything. */
export type RoutePattern = string;

interface Prefix<Target> {
  /** `/` first, no `/` last. */
  readonly path: string;
  readonly target: Target;
}

/** Everything one host pattern leads to. */
class HostRoutes<Target> {
  /** Without a path prefix, or `/`. */
  root: Target | null = null;
  /** Longest first. */
  readonly prefixes: Prefix<Target>[] = [];

  find(path: string): Target | null {
    for (const prefix of this.prefixes) {
      if (matchesWhole(path, prefix.path)) return prefix.target;
    }
    return this.root;
  }
}

/** Whole segments only: `/api` is a prefix of `/api` and `/api/x`, not of `/apis`. */
function matchesWhole(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 0x2f);
}

export class RouteTable<Target> {
  readonly #exact = new Map<string, HostRoutes<Target>>();
  /** By suffix with its leading dot, e.g. `.example.org`. */
  readonly #wildcards = new Map<string, HostRoutes<Target>>();
  #any: HostRoutes<Target> | null = null;

  /** Where two claim the same pattern the first keeps it: the operator has resolved conflicts, so this is only a tie-break. */
  constructor(claims: Iterable<readonly [pattern: RoutePattern, target: Target]>) {
    for (const [pattern, target] of claims) this.#add(pattern, target);
    for (const routes of this.#all()) routes.prefixes.sort((a, b) => b.path.length - a.path.length);
  }

  /**
   * Exact host, else the longest wildcard suffix, else `*`; within it the longest path prefix. A host whose prefixes
   * all miss falls through to the next wider pattern, so that `a.example.org/api` does not hide `*.example.org`.
   * @param host lower case, without port and trailing dot
   * @param path raw path of the origin-form, without the query
   */
  find(host: string, path: string): Target | null {
    const exact = this.#exact.get(host);
    if (exact !== undefined) {
      const target = exact.prefixes.length === 0 ? exact.root : exact.find(path);
      if (target !== null) return target;
    }
    if (this.#wildcards.size > 0) {
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const target = dot === 0 ? null : (this.#wildcards.get(host.slice(dot))?.find(path) ?? null);
        if (target !== null) return target;
      }
    }
    return this.#any?.find(path) ?? null;
  }

  #add(pattern: RoutePattern, target: Target): void {
    const slash = pattern.indexOf('/');
    const host = slash === -1 ? pattern : pattern.slice(0, slash);
    const path = slash === -1 ? '' : pattern.slice(slash).replace(/\/+$/, '');
    const routes = this.#routesOf(host);
    if (path === '') routes.root ??= target;
    else if (!routes.prefixes.some((prefix) => prefix.path === path)) routes.prefixes.push({ path, target });
  }

  #routesOf(host: string): HostRoutes<Target> {
    if (host === '*') {
      this.#any ??= new HostRoutes();
      return this.#any;
    }
    const [map, key] = host.startsWith('*.') ? [this.#wildcards, host.slice(1)] : [this.#exact, host];
    let routes = map.get(key);
    if (routes === undefined) {
      routes = new HostRoutes();
      map.set(key, routes);
    }
    return routes;
  }

  *#all(): Generator<HostRoutes<Target>> {
    yield* this.#exact.values();
    yield* this.#wildcards.values();
    if (this.#any !== null) yield this.#any;
  }
}
