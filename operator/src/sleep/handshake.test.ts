import type { PodReport } from '@rouse/contract';
import { describe, expect, test } from 'vitest';
import { handshake, phaseOf } from './handshake.ts';
import type { HandshakeEffect, HandshakeEvent, HandshakePlan, HandshakeState } from './handshake-state.ts';
import { OPEN } from './handshake-state.ts';

/** Feeds events to one handshake and remembers its effects. */
class Feed {
  state: HandshakeState = OPEN;
  effects: readonly HandshakeEffect[] = [];
  nowMs = 1_000_000;

  on(event: HandshakeEvent, laterMs = 0): this {
    this.nowMs += laterMs;
    ({ state: this.state, effects: this.effects } = handshake(this.state, event, this.nowMs));
    return this;
  }

  begin(plan: Partial<HandshakePlan> = {}, members: readonly string[] = ['a']): this {
    return this.on({
      type: 'begin',
      plan: { kind: 'zero', seen: 1, to: 0, victims: ['p'], drainTimeoutMs: 300_000, costs: false, ...plan },
      members: members.map((id) => ({ id, instance: null })),
    });
  }

  pushed(generation: number, phase: 'armed' | 'closed', member = 'a'): this {
    return this.on({ type: 'pushed', member, generation, phase, sentAtMs: this.nowMs });
  }

  report(
    generation: number,
    phase: PodReport['phase'],
    over: {
      inFlight?: number;
      revoked?: boolean;
      held?: number;
      member?: string;
      instance?: string;
      uids?: readonly string[];
    } = {},
  ): this {
    const { inFlight = 0, revoked = false, held = 0, member = 'a', instance = 'one', uids = ['p'] } = over;
    const pods = uids.map((uid) => ({ uid, phase, inFlight, revoked, usable: true }));
    return this.on({ type: 'report', member, instance, generation, held, pods });
  }

  /** Armed and empty, then closed, pushed to `a` as generation 2. */
  closing(plan: Partial<HandshakePlan> = {}): this {
    return this.begin(plan).pushed(1, 'armed').report(1, 'armed').pushed(2, 'closed');
  }

  get kinds(): readonly string[] {
    return this.effects.map((effect) => effect.type);
  }

  get reason(): string | null {
    const abandoned = this.effects.find((effect) => effect.type === 'abandoned');
    return abandoned === undefined ? null : abandoned.reason;
  }
}

describe('on the way to zero', () => {
  test('armed, empty everywhere, closed, confirmed, patched', () => {
    const feed = new Feed().begin();
    expect([feed.state.step, feed.kinds, phaseOf(feed.state, 'p'), phaseOf(feed.state, 'born-later')]).toEqual([
      'armed',
      ['push'],
      'armed',
      'armed',
    ]);
    feed.pushed(1, 'armed').report(1, 'armed', { inFlight: 1 });
    expect(feed.state.step).toBe('armed');
    feed.report(1, 'armed');
    expect([feed.state.step, feed.kinds, phaseOf(feed.state, 'born-later')]).toEqual(['closed', ['push'], 'closed']);
    feed.pushed(2, 'closed').report(2, 'closed');
    expect(feed.effects).toEqual([
      { type: 'patch', seen: 1, to: 0, testResourceVersion: false, notAfterMs: feed.nowMs + 10_000, victims: ['p'] },
    ]);
    expect(phaseOf(feed.state, 'p')).toBe('closed');
  });

  test('every member has to confirm, one that joined meanwhile too', () => {
    const feed = new Feed().begin({}, ['a', 'b']).pushed(1, 'armed').pushed(1, 'armed', 'b').report(1, 'armed');
    expect(feed.state.step).toBe('armed');
    feed.report(1, 'armed', { member: 'b' }).pushed(2, 'closed').pushed(2, 'closed', 'b').report(2, 'closed');
    expect(feed.state.step).toBe('closed');
    feed.on({ type: 'members', members: ['a', 'b', 'c'].map((id) => ({ id, instance: id === 'c' ? null : 'one' })) });
    feed.report(2, 'closed', { member: 'b' });
    expect(feed.state.step).toBe('closed');
    feed.on({
      type: 'members',
      members: [
        { id: 'a', instance: 'one' },
        { id: 'b', instance: 'one' },
      ],
    });
    expect(feed.kinds).toEqual(['patch']);
  });

  test('a word older than 10 s counts no longer, from when its PUT was sent; a fresh one is asked for before', () => {
    const feed = new Feed().closing();
    feed.on({ type: 'tick' }, 3_999);
    expect(feed.kinds).toEqual([]);
    feed.on({ type: 'tick' }, 1);
    expect(feed.kinds).toEqual(['push']);
    feed.nowMs += 6_000;
    feed.report(2, 'closed');
    expect(feed.state.step).toBe('closed');
    feed.pushed(3, 'closed').report(3, 'closed');
    expect(feed.kinds).toEqual(['patch']);
  });

  test('a generation sent twice is as old as its first sending', () => {
    const feed = new Feed().closing();
    feed.nowMs += 10_000;
    feed.pushed(2, 'closed').report(2, 'closed');
    expect(feed.state.step).toBe('closed');
  });

  test('words of another process, of an earlier generation, or that leave a victim out do not count', () => {
    const feed = new Feed().closing();
    feed.report(1, 'closed').report(2, 'closed', { uids: [] }).report(2, 'armed');
    expect(feed.state.step).toBe('closed');
    feed.report(2, 'closed', { instance: 'two' });
    expect(feed.state.step).toBe('closed');
    feed.pushed(3, 'closed').report(3, 'closed', { instance: 'two' });
    expect(feed.kinds).toEqual(['patch']);
  });

  test.each<[string, (feed: Feed) => Feed, string]>([
    ['an arrival', (feed) => feed.on({ type: 'arrival' }), 'a request arrived'],
    ['a held request in a report', (feed) => feed.report(2, 'closed', { held: 1 }), 'a request arrived'],
    ['armed use', (feed) => feed.report(2, 'ready', { revoked: true }), 'a request was sent to a victim'],
    ['a closing that expired', (feed) => feed.report(2, 'ready'), 'a request was sent to a victim'],
    ['a foreign write', (feed) => feed.on({ type: 'foreign-write' }), 'replicas were written by somebody else'],
    ['a wish for more', (feed) => feed.on({ type: 'desired', replicas: 1 }), '1 pods are wanted again'],
    ['a proxy that never confirms', (feed) => feed.on({ type: 'tick' }, 15_000), 'not every proxy confirmed in time'],
  ])('%s before the patch re-opens the victims', (_what, happen, reason) => {
    const feed = happen(new Feed().closing());
    expect([feed.state, feed.reason, feed.kinds]).toEqual([OPEN, reason, ['push', 'abandoned']]);
    expect(phaseOf(feed.state, 'p')).toBeNull();
  });

  test('a rollout does not stop it; a pod that appears is born in the phase and has to be confirmed too', () => {
    const feed = new Feed().closing().on({ type: 'rollout' });
    expect(feed.state.step).toBe('closed');
    feed.on({ type: 'pod-appeared', uid: 'q' });
    expect([feed.state.step, feed.kinds, phaseOf(feed.state, 'q')]).toEqual(['armed', ['push'], 'armed']);
    feed.pushed(3, 'armed').report(3, 'armed');
    expect(feed.state.step).toBe('armed');
    feed
      .report(3, 'armed', { uids: ['p', 'q'] })
      .pushed(4, 'closed')
      .report(4, 'closed', { uids: ['p', 'q'] });
    expect(feed.kinds).toEqual(['patch']);
  });

  test('after drain-timeout it closes and patches with requests left, but never without every word', () => {
    const feed = new Feed().begin({ drainTimeoutMs: 5_000 }).pushed(1, 'armed').report(1, 'armed', { inFlight: 2 });
    feed.on({ type: 'tick' }, 4_999);
    expect(feed.state.step).toBe('armed');
    feed.on({ type: 'tick' }, 1);
    expect(feed.state.step).toBe('closed');
    feed.on({ type: 'tick' });
    expect(feed.kinds).toEqual([]);
    feed.pushed(2, 'closed').report(2, 'closed', { inFlight: 2 });
    expect(feed.kinds).toEqual(['patch']);
  });

  test('who no longer leads does nothing more', () => {
    const feed = new Feed().closing().on({ type: 'lease-lost' });
    expect([feed.state, feed.kinds]).toEqual([OPEN, []]);
  });
});

const shrink = { kind: 'shrink', seen: 3, to: 2, costs: true } as const;

describe('on the way to fewer pods', () => {
  test('only victims are armed, their costs are written first, and the patch tests the resource version', () => {
    const feed = new Feed().begin(shrink);
    expect(feed.effects).toEqual([{ type: 'write-costs', uids: ['p'] }, { type: 'push' }]);
    expect([phaseOf(feed.state, 'p'), phaseOf(feed.state, 'other')]).toEqual(['armed', null]);
    feed.pushed(1, 'armed').report(1, 'armed').pushed(2, 'closed').report(2, 'closed');
    expect(feed.state.step).toBe('closed');
    feed.on({ type: 'costs-seen', uids: ['p'] }).on({ type: 'tick' }, 999);
    expect(feed.state.step).toBe('closed');
    feed.on({ type: 'tick' }, 1);
    expect(feed.effects).toMatchObject([{ type: 'patch', seen: 3, to: 2, testResourceVersion: true }]);
  });

  test.each<[string, HandshakeEvent]>([
    ['a rollout', { type: 'rollout' }],
    ['a pod that appears', { type: 'pod-appeared', uid: 'q' }],
    ['other victims', { type: 'victims-changed' }],
    ['a cost that cannot be written', { type: 'costs-failed', message: 'forbidden' }],
  ])('%s ends it, and the costs are taken back', (_what, event) => {
    const feed = new Feed().begin(shrink).on(event);
    expect([feed.state, feed.kinds]).toEqual([OPEN, ['push', 'remove-costs', 'abandoned']]);
  });

  test('a request that others can take is no reason to stop', () => {
    expect(new Feed().begin(shrink).on({ type: 'arrival' }).state.step).toBe('armed');
  });
});

describe('after the patch', () => {
  const patched = (plan: Partial<HandshakePlan> = {}) => new Feed().closing(plan).report(2, 'closed');

  test('a refusal proves that nothing happened: victims re-open', () => {
    const feed = patched().on({ type: 'patch-result', result: 'rejected' });
    expect([feed.state, feed.kinds]).toEqual([OPEN, ['push', 'abandoned']]);
  });

  test('applied: the pods stay closed until they are gone, then it is done', () => {
    const feed = patched().on({ type: 'patch-result', result: 'applied' });
    expect(feed.kinds).toEqual(['reread']);
    feed.on({ type: 'arrival' }).on({ type: 'desired', replicas: 2 });
    expect([feed.state.step, phaseOf(feed.state, 'p')]).toEqual(['after', 'closed']);
    feed.on({ type: 'pod-gone', uid: 'p' });
    expect(feed.state.step).toBe('after');
    feed.on({ type: 'caught-up', caughtUp: true, askedMs: feed.nowMs });
    expect([feed.state, feed.kinds]).toEqual([OPEN, ['push', 'done']]);
  });

  test('no answer: the timeout is waited out before anything is read', () => {
    const feed = patched().on({ type: 'patch-result', result: 'unknown' });
    feed.on({ type: 'tick' }, 2_999);
    expect([feed.state.step, feed.kinds]).toEqual(['unsure', []]);
    feed.on({ type: 'tick' }, 1);
    expect([feed.state.step, feed.kinds]).toEqual(['after', ['reread']]);
  });

  test('a pod re-opens only by a read asked after the controllers caught up, that shows it stays', () => {
    const feed = patched().on({ type: 'patch-result', result: 'applied' });
    const early = feed.nowMs - 1;
    feed.on({ type: 'caught-up', caughtUp: true, askedMs: early });
    expect(feed.kinds).toEqual([]);
    feed.on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs, deleting: false }, 10);
    expect(phaseOf(feed.state, 'p')).toBe('closed');
    feed.on({ type: 'caught-up', caughtUp: true, askedMs: feed.nowMs }, 10);
    expect(feed.effects).toEqual([{ type: 'read-pods', uids: ['p'] }]);
    feed.on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs - 5, deleting: false });
    feed.on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs, deleting: true });
    expect(phaseOf(feed.state, 'p')).toBe('closed');
    feed
      .on({ type: 'caught-up', caughtUp: false, askedMs: feed.nowMs })
      .on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs, deleting: false });
    expect(phaseOf(feed.state, 'p')).toBe('closed');
    feed
      .on({ type: 'caught-up', caughtUp: true, askedMs: feed.nowMs }, 10)
      .on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs, deleting: false });
    expect([feed.state, feed.kinds]).toEqual([OPEN, ['push', 'push', 'done']]);
  });

  test('a pod of the next wake is closed until proven too: it may be one the patch removes', () => {
    const feed = patched().on({ type: 'patch-result', result: 'applied' }).on({ type: 'pod-gone', uid: 'p' });
    feed.on({ type: 'pod-appeared', uid: 'q' });
    expect(phaseOf(feed.state, 'q')).toBe('closed');
    feed.on({ type: 'caught-up', caughtUp: true, askedMs: feed.nowMs });
    expect(feed.effects).toEqual([{ type: 'read-pods', uids: ['q'] }]);
    feed.on({ type: 'pod-read', uid: 'q', askedMs: feed.nowMs, deleting: false });
    expect(feed.state).toBe(OPEN);
  });

  test('a survivor of a shrink loses its cost when it re-opens', () => {
    const feed = new Feed()
      .closing(shrink)
      .on({ type: 'costs-seen', uids: ['p'] })
      .report(2, 'closed')
      .on({ type: 'tick' }, 1_000);
    feed.on({ type: 'patch-result', result: 'applied' }).on({ type: 'caught-up', caughtUp: true, askedMs: feed.nowMs });
    feed.on({ type: 'pod-read', uid: 'p', askedMs: feed.nowMs, deleting: false });
    expect(feed.kinds).toEqual(['push', 'remove-costs', 'push', 'done']);
  });
});
