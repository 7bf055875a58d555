import { describe, expect, it } from 'vitest';
import { emptyView, fold, lineAt, showCard, type Card } from './log';
import type { Event } from './types';

const base = { seq: 0, at: 0 };
function log(...bodies: Record<string, unknown>[]): Event[] {
  return bodies.map((b, i) => ({ ...base, seq: i + 1, at: i, ...b }) as unknown as Event);
}
const said = (party: string, text: string, more = {}) => ({ type: 'utterance', party, start: 1, end: 2, text, ...more });
const hint = (id: string) => ({ type: 'advice', id, moment: 'm', forms: ['line'], line: id, quote_at: 0, waited: 0, expires: 9 });

describe('transcript', () => {
  it('settles a partial in its own place', () => {
    const events = log(
      { type: 'partial', party: 'customer', start: 1, end: 2, text: 'where is', stable: 'where' },
      { type: 'partial', party: 'agent', start: 2, end: 3, text: 'good' },
      { type: 'partial', party: 'customer', start: 1, end: 3, text: 'where is my', stable: 'wrong' },
      said('customer', 'where is my parcel', { display: 'Where is my parcel?' }),
      said('agent', 'good morning'),
    );
    const half = fold(emptyView(), events.slice(0, 3));
    expect(half.lines.map((l) => [l.key, l.text, l.settled, l.stable])).toEqual([
      ['customer-0', 'where is my', false, ''], ['agent-0', 'good', false, ''],
    ]);
    const whole = fold(half, events.slice(3));
    expect(whole.lines.map((l) => [l.key, l.text, l.settled])).toEqual([
      ['customer-0', 'Where is my parcel?', true], ['agent-0', 'good morning', true],
    ]);
    expect(half.lines[0]!.settled).toBe(false); // the old view is left alone
  });

  it('is the same in one piece, in small pieces and with repeats', () => {
    const events = log(said('customer', 'a'), said('agent', 'b'), hint('x'), said('customer', 'c'));
    const once = fold(emptyView(), events);
    let bits = emptyView();
    for (const e of events) bits = fold(bits, [e]);
    expect(bits).toEqual(once);
    expect(fold(once, events)).toEqual(once);
    expect(once.next).toBe(5);
  });

  it('skips numbers that were not for this viewer', () => {
    const v = fold(emptyView(), [{ ...log(said('customer', 'a'))[0]!, seq: 7 }]);
    expect(v.next).toBe(8);
    expect(v.lines).toHaveLength(1);
  });

  it('takes the better words of a second pass, and drops a turn that was no speech', () => {
    const v = fold(emptyView(), log(
      said('customer', 'refound'),
      { ...said('customer', 'refund'), of: 1, type: 'revised' },
      { type: 'partial', party: 'agent', start: 3, end: 4, text: 'hm' },
      said('agent', ''),
    ));
    expect(v.lines.map((l) => l.text)).toEqual(['refund']);
  });

  it('notes each value once', () => {
    const slot = { kind: 'order', value: '12345', said: 'one two three four five', at: 1 };
    const v = fold(emptyView(), log(said('customer', 'a', { slots: [slot] }), said('customer', 'b', { slots: [slot] })));
    expect(v.slots).toEqual([slot]);
  });

  it('forgets unfinished words when the call ends', () => {
    const v = fold(emptyView(), log(
      { type: 'partial', party: 'customer', start: 1, end: 2, text: 'but' }, { type: 'ended', ending: 'customer_hung_up' }));
    expect(v.lines).toEqual([]);
    expect(v.ending).toBe('customer_hung_up');
  });

  it('passes over what it does not know', () => {
    expect(fold(emptyView(), log({ type: 'hologram' }, said('customer', 'a'))).lines).toHaveLength(1);
  });
});

describe('the rest of a call', () => {
  it('keeps advice with its answer, silence with its reason, whispers with their end', () => {
    const v = fold(emptyView(), log(
      hint('a1'), { type: 'feedback', advice: 'a1', verdict: 'accepted' },
      { type: 'held', moment: 'm', reason: 'cooldown', since: 1 },
      { type: 'whisper', id: 'w1', text: 'say sorry', by: 'sue', state: 'start' },
      { type: 'whisper', id: 'w1', text: 'say sorry', by: 'sue', state: 'stop' },
      { type: 'whisper', id: 'w2', text: 'x', by: 'coach', state: 'dropped', why: 'too late' },
    ));
    expect(v.cards[0]).toMatchObject({ id: 'a1', verdict: 'accepted', at: 0 });
    expect(v.held[0]).toMatchObject({ reason: 'cooldown', at: 2 });
    expect(v.whispers).toMatchObject([{ id: 'w1', at: 3, until: 4 }, { id: 'w2', dropped: 'too late' }]);
  });

  it('leaves a hole in the curve where nothing could be estimated', () => {
    const s = { type: 'stress', party: 'customer', start: 0, span: 3, arousal: 0.2, anger: 0.7, tension: 0.1, quality: 1 };
    const v = fold(emptyView(), log({ ...s, end: 3 }, { ...s, end: 4, absent: 'silence' }, { ...s, end: 5, span: 30 }));
    expect(v.mood.customer).toEqual([{ at: 3, value: 0.7 }, { at: 4, value: null }]);
  });

  it('knows which parts are off', () => {
    const off = { type: 'part', name: 'hearing', on: false, why: 'the worker stopped' };
    expect(fold(emptyView(), log(off)).off).toEqual({ hearing: 'the worker stopped' });
    expect(fold(emptyView(), log(off, { type: 'part', name: 'hearing', on: true })).off).toEqual({});
  });
});

describe('the one large card', () => {
  const cards = fold(emptyView(), log(hint('a'), hint('b'))).cards;
  const answered = (c: Card[], id: string, verdict: Card['verdict']) => c.map((x) => (x.id === id ? { ...x, verdict } : x));

  it('shows the newest, and waits while the agent reads', () => {
    const first = showCard({ waiting: 0 }, cards.slice(0, 1), false);
    expect(first).toEqual({ id: 'a', waiting: 0 });
    expect(showCard(first, cards, true)).toEqual({ id: 'a', waiting: 1 });
    expect(showCard(first, cards, false)).toEqual({ id: 'b', waiting: 0 });
  });

  it('stays where it is once answered, until something new comes', () => {
    const done = answered(cards, 'b', 'accepted');
    expect(showCard({ id: 'b', waiting: 0 }, done, false)).toEqual({ id: 'b', waiting: 0 });
    expect(showCard({ waiting: 0 }, answered(done, 'a', 'dismissed'), false)).toEqual({ id: undefined, waiting: 0 });
  });
});

describe('following the player', () => {
  it('finds the line being spoken', () => {
    const v = fold(emptyView(), log(said('customer', 'a', { start: 1, end: 3 }), said('agent', 'b', { start: 5, end: 6 }), said('customer', 'c', { start: 5.5, end: 7 })));
    expect([0, 1, 4, 5.2, 9].map((t) => lineAt(v.lines, t))).toEqual([-1, 0, 0, 1, 2]);
  });
});
