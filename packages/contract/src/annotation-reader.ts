/** Looks annotations up by key and alias, parses them by their descriptors and collects what is wrong with them. */
import type { Descriptor, Refused } from './descriptor.ts';
import type { Problem, UpstreamError } from './problem.ts';

export type AnnotationSource = ReadonlyMap<string, string> | Readonly<Record<string, string>> | null | undefined;

export interface Found {
  /** The key as its author wrote it: the descriptor's own or an alias, or the field that stands for it. */
  readonly key: string;
  readonly value: string;
}

/** Annotations as a Map: their keys come from outside and must never be looked up on an object. */
export function annotationMap(annotations: AnnotationSource): ReadonlyMap<string, string> {
  return annotations instanceof Map ? annotations : new Map(Object.entries(annotations ?? {}));
}

/** Knative's text for a refusal by range or form. */
function upstreamMessage(value: string, refused: Refused): string {
  if (refused.code === 'out_of_bounds') return `expected ${refused.lower} <= ${value} <= ${refused.upper}`;
  if (refused.code === 'sub_second_precision') return 'must be specified with at most second precision';
  return `invalid value: ${value}`;
}

export class AnnotationReader {
  readonly problems: Problem[] = [];
  readonly #map: ReadonlyMap<string, string>;
  readonly #writtenAs: ReadonlyMap<string, string>;
  readonly #elsewhere: ReadonlySet<string>;

  /** @param writtenAs for values that stand for something written elsewhere: what to call it, by key */
  constructor(annotations: AnnotationSource, writtenAs: ReadonlyMap<string, string> = new Map()) {
    this.#map = annotationMap(annotations);
    this.#writtenAs = writtenAs;
    this.#elsewhere = new Set(writtenAs.values());
  }

  keys(): Iterable<string> {
    return this.#map.keys();
  }

  /** What stands at a key itself. */
  at(key: string): Found | undefined {
    const value = this.#map.get(key);
    return value === undefined ? undefined : { key: this.#writtenAs.get(key) ?? key, value };
  }

  /** The first of the descriptor's keys that is present; a differing second one is noticed, not silently dropped. */
  find(descriptor: Descriptor<unknown>): Found | undefined {
    let found: Found | undefined;
    for (const key of [descriptor.key, ...descriptor.aliases]) {
      const here = this.at(key);
      if (here === undefined) continue;
      if (found === undefined) found = here;
      else if (found.value !== here.value) this.#noticeTwice(found, here);
    }
    return found;
  }

  #noticeTwice(winner: Found, loser: Found): void {
    const told = this.problems.some((problem) => problem.key === loser.key && problem.severity === 'notice');
    if (told) return;
    this.problems.push({
      source: this.#sourceOf(loser),
      ...loser,
      allowed: `one of the two spellings; ${winner.key} (${JSON.stringify(winner.value)}) wins`,
      fix: `Remove ${loser.key}.`,
      severity: 'notice',
    });
  }

  /** The parsed value; undefined where it is absent or refused (then a problem was added). */
  read<T>(descriptor: Descriptor<T, unknown>): T | undefined {
    const found = this.find(descriptor);
    if (found === undefined) return undefined;
    const parsed = descriptor.parse(found.value);
    if (parsed.ok) return parsed.value;
    this.refused(found, parsed);
    return undefined;
  }

  /** Adds a refusal; `upstream` replaces Knative's words where they do not follow from the refusal. */
  refused(found: Found, refused: Refused, upstream?: UpstreamError): void {
    const bounds =
      refused.lower === undefined || refused.upper === undefined ? {} : { lower: refused.lower, upper: refused.upper };
    this.error(
      found,
      refused.allowed,
      `Set ${found.key} to a value in that range: ${refused.fix}.`,
      upstream ?? {
        code: refused.code,
        message: upstreamMessage(found.value, refused),
        paths: [found.key],
        ...bounds,
      },
    );
  }

  error(found: Found, allowed: string, fix: string, upstream?: UpstreamError): void {
    const problem: Problem = { source: this.#sourceOf(found), ...found, allowed, fix, severity: 'error' };
    this.problems.push(upstream === undefined ? problem : { ...problem, upstream });
  }

  notice(found: Found, allowed: string, fix: string): void {
    this.problems.push({ source: this.#sourceOf(found), ...found, allowed, fix, severity: 'notice' });
  }

  #sourceOf({ key }: Found): Problem['source'] {
    return this.#elsewhere.has(key) ? 'manifest' : 'annotation';
  }
}
