/** What the proxies said of a workload's pods since this operator began to lead. */
import type { Clock, WorkloadKey } from '@rouse/contract';
import type { MemberView } from '../members/member.ts';
import type { Members } from '../members/members.ts';
import type { InheritedWord } from '../sleep/take-over.ts';

/** A new leader waits for the proxies' first words, since they know what an earlier one closed. */
const FIRST_WORDS_MS = 3_000;
const LOOK_MS = 20;

/** Resolves once every proxy has spoken after `sinceMs`, or was waited for long enough. */
export async function firstWords(members: Members, clock: Clock, sinceMs: number): Promise<void> {
  const heard = () => members.list().every(({ lastReportAtMs }) => (lastReportAtMs ?? -1) >= sinceMs);
  while (!heard() && clock.nowMs() < sinceMs + FIRST_WORDS_MS) {
    await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
  }
}

/** @param sinceMs words from before are no words: another leader may have closed pods after them */
export function inheritedWords(members: readonly MemberView[], key: WorkloadKey, sinceMs: number): InheritedWord[] {
  const words: InheritedWord[] = [];
  for (const member of members) {
    if ((member.lastReportAtMs ?? -1) < sinceMs) continue;
    const seen = member.workload(key);
    // Armed and closed pods are part of every report.
    const pods = seen?.current === true ? seen.report.pods : [];
    words.push({ hasTable: (member.applied?.generation ?? 0) > 0, pods });
  }
  return words;
}
