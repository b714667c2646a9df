/**
 * The handshake by which pods leave: no request is ever sent to a pod that Rouse removes. Pure: state and event in,
 * state and effects out.
 *
 * The table pushed to proxies follows from the state: `phaseOf` says for each pod whether it is armed, closed, or as
 * the API has it. The controller carries effects out in order and answers each with the event its doc names; it sends
 * `tick` at least each 200 ms while a handshake is not `open`, and `pushed` for every PUT that carries a phase.
 */
import {
  type AfterPods,
  CLOSE_PATIENCE_MS,
  COST_SETTLE_MS,
  type CostState,
  type HandshakeEffect,
  type HandshakeEvent,
  type HandshakePlan,
  type HandshakeState,
  type HandshakeStep,
  OPEN,
  PATCH_TIMEOUT_MS,
  RENEW_MS,
  REREAD_MS,
} from './handshake-state.ts';
import { closedUntilMs, emptyEverywhere, hear, moveMembers, noteSent, startProgress } from './member-progress.ts';

/** Reason of an end by the use of a victim that was armed. */
export const REVOKED = 'a request was sent to a victim';

type Armed = Extract<HandshakeState, { step: 'armed' }>;
type Closed = Extract<HandshakeState, { step: 'closed' }>;
type Sent = Extract<HandshakeState, { step: 'patching' | 'unsure' }>;
type After = Extract<HandshakeState, { step: 'after' }>;

/** Phase of a pod in the table; null = as the API has it. Going to zero, a pod that appears is born in the phase. */
export function phaseOf(state: HandshakeState, uid: string): 'armed' | 'closed' | null {
  switch (state.step) {
    case 'open':
      return null;
    case 'armed':
    case 'closed':
      return state.plan.kind === 'zero' || state.plan.victims.includes(uid) ? state.step : null;
    default:
      if (state.pods.waiting.has(uid)) return 'closed';
      return state.plan.kind === 'zero' && !state.pods.cleared.has(uid) ? 'closed' : null;
  }
}

/**
 * The state in which a patch of an earlier leader may still be applied (`takeOver` says when that is to be feared):
 * these pods stay closed until it has run out and they are proven to stay. `tick` goes on from here.
 * @param kind `zero`: pods that appear meanwhile are closed too
 * @param closed only pods that our own view still shows: of others no end would be seen
 * @param quietForMs how long ago the patch can have been sent at the latest
 */
export function takenOver(
  nowMs: number,
  kind: HandshakePlan['kind'],
  closed: readonly string[],
  quietForMs = 0,
): HandshakeState {
  const plan: HandshakePlan = { kind, seen: 0, to: 0, victims: closed, drainTimeoutMs: 0, costs: true };
  const untilMs = nowMs + Math.max(0, PATCH_TIMEOUT_MS - quietForMs);
  return { step: 'unsure', plan, untilMs, pods: { waiting: new Set(closed), cleared: new Set() } };
}

export function handshake(state: HandshakeState, event: HandshakeEvent, nowMs: number): HandshakeStep {
  // Who no longer leads pushes and writes nothing; the next leader takes over what the proxies report.
  if (event.type === 'lease-lost') return stay(OPEN);
  switch (state.step) {
    case 'open':
      return event.type === 'begin' ? begin(event, nowMs) : stay(state);
    case 'armed':
    case 'closed':
      return unsent(state, event, nowMs);
    case 'patching':
    case 'unsure':
      return sent(state, event, nowMs);
    case 'after':
      return after(state, event, nowMs);
  }
}

function stay(state: HandshakeState): HandshakeStep {
  return { state, effects: [] };
}

function begin({ plan, members }: Extract<HandshakeEvent, { type: 'begin' }>, nowMs: number): HandshakeStep {
  const effects: HandshakeEffect[] =
    plan.costs && plan.kind === 'shrink' ? [{ type: 'write-costs', uids: plan.victims }] : [];
  const state: Armed = {
    step: 'armed',
    plan,
    startedMs: nowMs,
    members: startProgress(members),
    costs: { seen: new Set(), allSeenMs: null },
  };
  return { state, effects: [...effects, { type: 'push' }] };
}

/** Nothing was sent to the API: whatever speaks against it ends the handshake at once. */
function unsent(state: Armed | Closed, event: HandshakeEvent, nowMs: number): HandshakeStep {
  const { plan } = state;
  switch (event.type) {
    case 'pushed':
      return advance({ ...state, members: noteSent(state.members, event) }, nowMs);
    case 'report': {
      if (plan.kind === 'zero' && event.held > 0) return abandon(plan, 'a request arrived');
      const heard = hear(state.members, plan, event);
      if (heard.kind === 'revoked') return abandon(plan, REVOKED);
      return advance({ ...state, members: heard.progress }, nowMs);
    }
    case 'members':
      return advance({ ...state, members: moveMembers(state.members, event.members) }, nowMs);
    case 'arrival':
      return plan.kind === 'zero' ? abandon(plan, 'a request arrived') : stay(state);
    case 'foreign-write':
      return abandon(plan, 'replicas were written by somebody else');
    case 'rollout':
      return plan.kind === 'shrink' ? abandon(plan, 'a rollout began') : stay(state);
    case 'desired':
      return event.replicas > plan.to ? abandon(plan, `${event.replicas} pods are wanted again`) : stay(state);
    case 'victims-changed':
      return plan.kind === 'shrink' ? abandon(plan, 'other pods would go first now') : stay(state);
    case 'costs-seen':
      return advance({ ...state, costs: seeCosts(state.costs, plan, event.uids, nowMs) }, nowMs);
    case 'costs-failed':
      return abandon(plan, `pod-deletion-cost could not be written: ${event.message}`);
    case 'pod-appeared':
      if (plan.kind === 'shrink') return abandon(plan, 'a pod appeared');
      return plan.victims.includes(event.uid) ? stay(state) : begin(restarted(state, event.uid), nowMs);
    case 'pod-gone':
      if (plan.kind === 'shrink') return abandon(plan, 'a pod went');
      return advance({ ...state, plan: { ...plan, victims: plan.victims.filter((uid) => uid !== event.uid) } }, nowMs);
    case 'tick':
      return advance(state, nowMs);
    default:
      return stay(state);
  }
}

/** Going to zero with one pod more: everybody has to say it of that pod too. */
function restarted(state: Armed | Closed, uid: string): Extract<HandshakeEvent, { type: 'begin' }> {
  return { type: 'begin', plan: { ...state.plan, victims: [...state.plan.victims, uid] }, members: state.members };
}

function seeCosts(costs: CostState, plan: HandshakePlan, uids: readonly string[], nowMs: number): CostState {
  const seen = new Set([...costs.seen, ...uids]);
  const all = plan.victims.every((uid) => seen.has(uid));
  return { seen, allSeenMs: all ? (costs.allSeenMs ?? nowMs) : null };
}

function abandon(plan: HandshakePlan, reason: string): HandshakeStep {
  const costs: HandshakeEffect[] =
    plan.costs && plan.kind === 'shrink' ? [{ type: 'remove-costs', uids: plan.victims }] : [];
  return { state: OPEN, effects: [{ type: 'push' }, ...costs, { type: 'abandoned', reason }] };
}

/** Armed and empty → closed; closed everywhere → patch. */
function advance(state: Armed | Closed, nowMs: number): HandshakeStep {
  const drained = nowMs - state.startedMs >= state.plan.drainTimeoutMs;
  if (state.step === 'armed') {
    if (!drained && !emptyEverywhere(state.members)) return stay(state);
    return { state: { ...state, step: 'closed', closedMs: nowMs, pushedMs: nowMs }, effects: [{ type: 'push' }] };
  }
  const untilMs = closedUntilMs(state.members, nowMs, drained);
  if (untilMs !== null && costsSettled(state, nowMs)) return patch(state, nowMs, untilMs);
  if (nowMs - state.closedMs >= CLOSE_PATIENCE_MS) return abandon(state.plan, 'not every proxy confirmed in time');
  if (nowMs - state.pushedMs >= RENEW_MS) return { state: { ...state, pushedMs: nowMs }, effects: [{ type: 'push' }] };
  return stay(state);
}

function costsSettled({ plan, costs }: Closed, nowMs: number): boolean {
  if (plan.kind === 'zero' || !plan.costs) return true;
  return costs.allSeenMs !== null && nowMs - costs.allSeenMs >= COST_SETTLE_MS;
}

function patch({ plan }: Closed, nowMs: number, notAfterMs: number): HandshakeStep {
  const pods: AfterPods = { waiting: new Set(plan.victims), cleared: new Set() };
  const { seen, to, victims } = plan;
  return {
    state: { step: 'patching', plan, sentMs: nowMs, pods },
    effects: [{ type: 'patch', seen, to, testResourceVersion: plan.kind === 'shrink', notAfterMs, victims }],
  };
}

/** The patch may be under way: nothing re-opens but by its refusal. */
function sent(state: Sent, event: HandshakeEvent, nowMs: number): HandshakeStep {
  if (event.type === 'patch-result' && state.step === 'patching') {
    if (event.result === 'rejected') return abandon(state.plan, 'the API refused the patch');
    if (event.result === 'unknown') {
      return stay({ step: 'unsure', plan: state.plan, untilMs: nowMs + PATCH_TIMEOUT_MS, pods: state.pods });
    }
    return settle(state, nowMs);
  }
  if (event.type === 'tick' && state.step === 'unsure' && nowMs >= state.untilMs) return settle(state, nowMs);
  return stay({ ...state, pods: movePods(state.pods, state.plan, event) });
}

function settle(state: Sent, nowMs: number): HandshakeStep {
  const next: After = {
    step: 'after',
    plan: state.plan,
    pods: state.pods,
    settledMs: nowMs,
    caughtUpMs: null,
    askedMs: nowMs,
  };
  return { state: next, effects: [{ type: 'reread' }] };
}

function movePods(pods: AfterPods, plan: HandshakePlan, event: HandshakeEvent): AfterPods {
  const waiting = new Set(pods.waiting);
  if (event.type === 'pod-gone') waiting.delete(event.uid);
  if (event.type === 'pod-appeared' && plan.kind === 'zero' && !pods.cleared.has(event.uid)) waiting.add(event.uid);
  return { ...pods, waiting };
}

/**
 * It may have been applied. A pod is open again only after Deployment and ReplicaSet observed the specs now wanted and
 * a read asked after that shows it is not being deleted; a newer spec makes earlier reads worthless.
 */
function after(state: After, event: HandshakeEvent, nowMs: number): HandshakeStep {
  switch (event.type) {
    case 'caught-up': {
      if (!event.caughtUp) return stay({ ...state, caughtUpMs: null });
      if (event.askedMs < state.settledMs) return stay(state);
      if (state.caughtUpMs !== null) return finish(state, []);
      return finish({ ...state, caughtUpMs: nowMs, askedMs: nowMs }, readPods(state.pods));
    }
    case 'pod-read': {
      const proven = state.caughtUpMs !== null && event.askedMs >= state.caughtUpMs && !event.deleting;
      if (!proven || !state.pods.waiting.has(event.uid)) return stay(state);
      return clear(state, event.uid);
    }
    case 'pod-appeared': {
      const pods = movePods(state.pods, state.plan, event);
      const reads = pods.waiting.has(event.uid) && state.caughtUpMs !== null ? [event.uid] : [];
      return { state: { ...state, pods }, effects: reads.length > 0 ? [{ type: 'read-pods', uids: reads }] : [] };
    }
    case 'pod-gone':
      return finish({ ...state, pods: movePods(state.pods, state.plan, event) }, []);
    case 'tick':
      if (nowMs - state.askedMs < REREAD_MS) return finish(state, []);
      return finish(
        { ...state, askedMs: nowMs },
        state.caughtUpMs === null ? [{ type: 'reread' }] : readPods(state.pods),
      );
    default:
      return stay(state);
  }
}

function readPods(pods: AfterPods): readonly HandshakeEffect[] {
  return pods.waiting.size === 0 ? [] : [{ type: 'read-pods', uids: [...pods.waiting] }];
}

function clear(state: After, uid: string): HandshakeStep {
  const waiting = new Set(state.pods.waiting);
  waiting.delete(uid);
  const pods = { waiting, cleared: new Set([...state.pods.cleared, uid]) };
  const costs: HandshakeEffect[] =
    state.plan.costs && state.plan.kind === 'shrink' ? [{ type: 'remove-costs', uids: [uid] }] : [];
  return finish({ ...state, pods }, [{ type: 'push' }, ...costs]);
}

/** Over when nothing waits any more and the controllers will remove nothing further. */
function finish(state: After, effects: readonly HandshakeEffect[]): HandshakeStep {
  if (state.caughtUpMs === null || state.pods.waiting.size > 0) return { state, effects };
  return { state: OPEN, effects: [...effects, { type: 'push' }, { type: 'done' }] };
}
