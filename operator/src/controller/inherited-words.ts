/** What the proxies said of a workload's pods since this operator began to lead. */
import type { WorkloadKey } from '@rouse/contract';
import type { MemberView } from '../members/member.ts';
import type { InheritedWord } from '../sleep/take-over.ts';

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
