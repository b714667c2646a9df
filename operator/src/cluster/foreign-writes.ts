/** Tells our own writes of `spec.replicas` from other people's, and a disagreement from a single change. */
import type { Clock } from '@rouse/contract';
import { FIELD_MANAGER } from './field-owner.ts';
import type { Conflict, ForeignWrite } from './observed-workload.ts';

export interface ForeignWrites {
  /** We wrote this, or may have: told before or as soon as it is sent. */
  wrote(replicas: number): void;
  /** A change was seen. `owners`: managers of the field now; empty where the API does not tell. */
  observed(from: number, to: number, owners: readonly string[]): void;
  readonly last: ForeignWrite | null;
  /** Asked anew each time: it ends by itself. */
  conflict(): Conflict | null;
  /** ms until a conflict ends; null without one. */
  conflictEndsInMs(): number | null;
}

const REVERTS = 3;
const WITHIN_MS = 600_000;
/** A value we may have written is expected to show for so long. */
const EXPECT_MS = 30_000;

export function foreignWrites(clock: Clock): ForeignWrites {
  let last: ForeignWrite | null = null;
  /** Ours, written and not yet overwritten by others. */
  let standing: number | null = null;
  let expected: { readonly value: number; readonly untilMs: number }[] = [];
  let reverts: { readonly atMs: number; readonly manager: string; readonly value: number }[] = [];

  function isOurs(to: number, owners: readonly string[]): boolean {
    if (owners.length > 0) return owners.includes(FIELD_MANAGER);
    const nowMs = clock.nowMs();
    expected = expected.filter((each) => each.untilMs > nowMs);
    return expected.some((each) => each.value === to);
  }

  function conflict(): Conflict | null {
    const newest = reverts.at(-1);
    if (newest === undefined || clock.nowMs() - newest.atMs >= WITHIN_MS) return null;
    const same = reverts.filter((each) => each.manager === newest.manager && newest.atMs - each.atMs < WITHIN_MS);
    return same.length < REVERTS ? null : { manager: newest.manager, value: newest.value, reverts: same.length };
  }

  return {
    wrote(replicas) {
      standing = replicas;
      expected.push({ value: replicas, untilMs: clock.nowMs() + EXPECT_MS });
    },
    observed(from, to, owners) {
      if (from === to || isOurs(to, owners)) return;
      const atMs = clock.nowMs();
      const manager = owners[0] ?? 'unknown';
      last = { atMs, manager, from, to };
      if (standing !== null && standing !== to) {
        reverts = reverts.filter((each) => atMs - each.atMs < WITHIN_MS);
        reverts.push({ atMs, manager, value: to });
      }
      standing = null;
    },
    get last() {
      return last;
    },
    conflict,
    conflictEndsInMs() {
      const newest = reverts.at(-1);
      return conflict() === null || newest === undefined ? null : newest.atMs + WITHIN_MS - clock.nowMs();
    },
  };
}
