/**
 * Where a new leader begins with a workload: an earlier one may have sent a patch that is still to be applied, so pods
 * that every proxy holds closed stay closed until that has run out and they are proven to stay.
 */
import { takenOver } from './handshake.ts';
import { type HandshakeState, OPEN, PATCH_TIMEOUT_MS } from './handshake-state.ts';

/** What a proxy said of the workload after this leader began to lead, before it pushed anything. */
export interface InheritedWord {
  /** False: it holds no table (a new process), and so knows nothing. */
  readonly hasTable: boolean;
  /** Its pods of the workload. */
  readonly pods: readonly { readonly uid: string; readonly phase: 'starting' | 'ready' | 'armed' | 'closed' }[];
}

/**
 * A patch needs the word of every proxy that its victims are closed; so one proxy that has a pod open vouches for it.
 * Wait for a word of every member that answers before the first push of the workload.
 *
 * @param pods UIDs of the workload's pods in our own synced view, those being deleted left out
 * @param quietForMs how long ago the earlier leader can last have sent a patch; null = there was none, or very long ago
 */
export function takeOver(
  nowMs: number,
  pods: readonly string[],
  words: readonly InheritedWord[],
  quietForMs: number | null,
): HandshakeState {
  const told = words.filter((word) => word.hasTable);
  const listed = told.flatMap((word) => word.pods);
  const open = new Set(listed.filter((pod) => pod.phase !== 'closed').map((pod) => pod.uid));
  const closed = listed.map((pod) => pod.uid).filter((uid) => !open.has(uid) && pods.includes(uid));
  if (closed.length > 0) {
    const kind = open.size === 0 ? 'zero' : 'shrink';
    return takenOver(nowMs, kind, kind === 'zero' ? pods : closed, quietForMs ?? 0);
  }
  // Every proxy that could have told died with the leader.
  const silenced = told.length === 0 && words.length > 0 && quietForMs !== null && quietForMs < PATCH_TIMEOUT_MS;
  return silenced && pods.length > 0 ? takenOver(nowMs, 'zero', pods, quietForMs) : OPEN;
}
