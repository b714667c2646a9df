/** What members were sent and have confirmed: which words count, and how old they are. */
import type { PodReport } from '@rouse/contract';
import { ACK_LIFE_MS, type HandshakeMember, type HandshakePlan, type MemberProgress } from './handshake-state.ts';

function nothing(member: HandshakeMember): MemberProgress {
  return { id: member.id, instance: member.instance, sent: new Map(), armed: null, closed: null };
}

export function startProgress(members: readonly HandshakeMember[]): readonly MemberProgress[] {
  return members.map(nothing);
}

/** Keeps the words of members that are still the same process; everybody else begins anew. */
export function moveMembers(
  progress: readonly MemberProgress[],
  members: readonly HandshakeMember[],
): readonly MemberProgress[] {
  return members.map((member) => {
    const known = progress.find((each) => each.id === member.id);
    const same = known !== undefined && (known.instance === null || known.instance === member.instance);
    return same ? { ...known, instance: member.instance } : nothing(member);
  });
}

export function noteSent(
  progress: readonly MemberProgress[],
  sent: {
    readonly member: string;
    readonly generation: number;
    readonly phase: 'armed' | 'closed';
    readonly sentAtMs: number;
  },
): readonly MemberProgress[] {
  return progress.map((member) => {
    // A generation sent twice is as old as its first sending: either may be the one that is answered.
    if (member.id !== sent.member || member.sent.has(sent.generation)) return member;
    return {
      ...member,
      sent: new Map([...member.sent, [sent.generation, { phase: sent.phase, sentAtMs: sent.sentAtMs }]]),
    };
  });
}

export interface Word {
  readonly member: string;
  readonly instance: string;
  readonly generation: number;
  readonly pods: readonly PodReport[];
}

export type Heard =
  | { readonly kind: 'noted'; readonly progress: readonly MemberProgress[] }
  | { readonly kind: 'revoked' };

/**
 * Takes a report as a word on the phase it answers. It counts only for a generation of this handshake, from the
 * process it was sent to, and names every victim in that phase. A victim that is open again there (used while armed,
 * or closed for too long without a sign of life) revokes the handshake.
 */
export function hear(progress: readonly MemberProgress[], plan: HandshakePlan, word: Word): Heard {
  const member = progress.find((each) => each.id === word.member);
  if (member === undefined) return { kind: 'noted', progress };
  if (member.instance !== null && member.instance !== word.instance) {
    const anew = nothing({ id: member.id, instance: word.instance });
    return { kind: 'noted', progress: progress.map((each) => (each === member ? anew : each)) };
  }
  const sent = member.sent.get(word.generation);
  if (sent === undefined) return { kind: 'noted', progress };
  const pods = new Map(word.pods.map((pod) => [pod.uid, pod]));
  const victims = plan.victims.map((uid) => pods.get(uid));
  if (victims.some((pod) => pod !== undefined && (pod.revoked || pod.phase === 'ready'))) return { kind: 'revoked' };
  if (!victims.every((pod) => pod?.phase === sent.phase)) return { kind: 'noted', progress };
  const inFlight = victims.reduce((sum, pod) => sum + (pod?.inFlight ?? 0), 0);
  const said: MemberProgress = {
    ...member,
    instance: word.instance,
    armed: sent.phase === 'armed' ? { inFlight } : member.armed,
    closed: sent.phase === 'closed' ? { inFlight, sentAtMs: sent.sentAtMs } : member.closed,
  };
  return { kind: 'noted', progress: progress.map((each) => (each === member ? said : each)) };
}

/** Every member said `armed`, and no victim has a request anywhere. */
export function emptyEverywhere(progress: readonly MemberProgress[]): boolean {
  return progress.every((member) => member.armed?.inFlight === 0);
}

/** Until when a patch may rest on the words given; null while one is missing, too old or not yet empty. */
export function closedUntilMs(progress: readonly MemberProgress[], nowMs: number, drained: boolean): number | null {
  let untilMs = Number.POSITIVE_INFINITY;
  for (const { closed } of progress) {
    if (closed === null || nowMs - closed.sentAtMs >= ACK_LIFE_MS) return null;
    if (closed.inFlight > 0 && !drained) return null;
    untilMs = Math.min(untilMs, closed.sentAtMs + ACK_LIFE_MS);
  }
  return untilMs;
}
