// One call's log folded into what a page shows. Pure: the same events give the
// same view, live and in a replay.
import type { Advice, Escalation, Event, Party, Slot, Verdict, Word } from './types';

export interface Line {
  key: string; // stays the same from the first partial to the settled words
  seq: number;
  party: Party;
  start: number;
  end: number;
  text: string;
  settled: boolean;
  stable: string; // the part of an unsettled text that will not change any more
  words: Word[];
}

export interface Card extends Advice {
  at: number;
  verdict?: Verdict;
}

export interface Whispered {
  id: string;
  text: string;
  by: string;
  at: number;
  until?: number;
  dropped?: string; // why it was never spoken
}

export interface Held {
  seq: number;
  at: number;
  moment: string;
  reason: string;
  detail: string;
}

export interface MoodPoint {
  at: number;
  value: number | null; // 0..1; null: no estimate (silence, music)
}

export interface View {
  next: number; // first event number not seen yet
  at: number; // newest position
  lines: Line[];
  cards: Card[]; // oldest first
  held: Held[];
  whispers: Whispered[];
  mood: Record<'customer' | 'agent', MoodPoint[]>;
  slots: Slot[];
  fields: Record<string, string>;
  off: Record<string, string>; // part -> why
  muted: boolean;
  onHold: boolean;
  speaking: Record<Party, boolean>;
  escalation?: Escalation;
  ending?: string;
  reason?: string;
  turns: Record<Party, number>; // settled lines so far: makes keys
}

export function emptyView(): View {
  return {
    next: 1, at: 0, lines: [], cards: [], held: [], whispers: [], mood: { customer: [], agent: [] }, slots: [],
    fields: {}, off: {}, muted: false, onHold: false,
    speaking: { customer: false, agent: false, unknown: false }, turns: { customer: 0, agent: 0, unknown: 0 },
  };
}

// fold applies events and returns a new view; the old one is left alone.
// Events seen before are passed over, so a reconnect may send too many.
export function fold(old: View, events: Event[]): View {
  const v: View = {
    ...old, lines: [...old.lines], cards: [...old.cards], held: [...old.held], whispers: [...old.whispers],
    mood: { customer: [...old.mood.customer], agent: [...old.mood.agent] }, slots: [...old.slots],
    fields: { ...old.fields }, off: { ...old.off }, speaking: { ...old.speaking }, turns: { ...old.turns },
  };
  for (const e of events) {
    if (e.seq < v.next) continue;
    v.next = e.seq + 1;
    v.at = Math.max(v.at, e.at);
    apply(v, e);
  }
  return v;
}

function apply(v: View, e: Event): void {
  switch (e.type) {
    case 'started': Object.assign(v.fields, e.fields); break;
    case 'fields': Object.assign(v.fields, e.fields); break;
    case 'speech': v.speaking[e.party] = e.on; break;
    case 'partial': partial(v, e); break;
    case 'utterance': settle(v, e); break;
    case 'revised': revise(v, e); break;
    case 'stress': mood(v, e); break;
    case 'advice': v.cards.push({ ...e, at: e.at }); break;
    case 'held': v.held.push({ seq: e.seq, at: e.at, moment: e.moment, reason: e.reason, detail: e.detail ?? '' }); break;
    case 'feedback': v.cards = v.cards.map((c) => (c.id === e.advice ? { ...c, verdict: e.verdict } : c)); break;
    case 'whisper': whispered(v, e); break;
    case 'mute': v.muted = e.on; break;
    case 'hold': v.onHold = e.on; break;
    case 'part':
      if (e.on) delete v.off[e.name];
      else v.off[e.name] = e.why ?? '';
      break;
    case 'escalation': v.escalation = { level: e.level, raised: e.raised, why: e.why }; break;
    case 'ended':
      v.ending = e.ending;
      v.reason = e.reason;
      v.lines = v.lines.filter((l) => l.settled);
      break;
    default: break; // answered, moment, dtmf, dropped, and what a newer gateway knows
  }
}

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

// A line keeps its place from its first partial on: nothing moves while the
// agent reads.
function put(v: View, line: Line): void {
  const i = v.lines.findIndex((l) => l.key === line.key);
  if (i >= 0) v.lines[i] = line;
  else v.lines.push(line);
}

function lineKey(v: View, party: Party): string {
  return `${party}-${v.turns[party]}`;
}

function partial(v: View, e: Of<'partial'>): void {
  if (!e.text) return;
  const stable = e.stable && e.text.startsWith(e.stable) ? e.stable : '';
  put(v, { key: lineKey(v, e.party), seq: e.seq, party: e.party, start: e.start, end: e.end, text: e.text, settled: false, stable, words: [] });
}

function settle(v: View, e: Of<'utterance'>): void {
  const key = lineKey(v, e.party);
  if (!e.text) {
    v.lines = v.lines.filter((l) => l.key !== key);
    return;
  }
  put(v, { key, seq: e.seq, party: e.party, start: e.start, end: e.end, text: e.display || e.text, settled: true, stable: '', words: e.words ?? [] });
  v.turns[e.party]++;
  note(v, e.slots);
}

function revise(v: View, e: Of<'revised'>): void {
  v.lines = v.lines.map((l) =>
    l.seq === e.of && l.settled ? { ...l, text: e.display || e.text, words: e.words ?? [] } : l);
  note(v, e.slots);
}

function note(v: View, slots: Slot[] | undefined): void {
  for (const s of slots ?? []) {
    if (!v.slots.some((o) => o.kind === s.kind && o.value === s.value)) v.slots.push(s);
  }
}

// The curve shows the strongest of what was heard, over the short window.
function mood(v: View, e: Of<'stress'>): void {
  if (e.party === 'unknown' || e.span > 3) return;
  const value = e.absent ? null : Math.max(e.arousal, e.anger, e.tension);
  v.mood[e.party].push({ at: e.end, value });
}

function whispered(v: View, e: Of<'whisper'>): void {
  const i = v.whispers.findIndex((w) => w.id === e.id);
  const known = v.whispers[i];
  const w: Whispered = known ? { ...known } : { id: e.id, text: e.text, by: e.by, at: e.at };
  if (e.state === 'stop') w.until = e.at;
  if (e.state === 'dropped') w.dropped = e.why ?? '';
  if (i >= 0) v.whispers[i] = w;
  else v.whispers.push(w);
}

// lineAt returns the index of the line being spoken at t, or of the last one
// before it; -1 before the first.
export function lineAt(lines: Line[], t: number): number {
  let best = -1;
  for (let i = 0; i < lines.length; i++) {
    const l = lines[i]!;
    if (l.start > t + 0.05) continue;
    if (best < 0 || l.start >= lines[best]!.start) best = i;
  }
  return best;
}

// Shown is which card is on the screen. A new card waits while the agent
// reads: steps are open, or the pointer or focus rests on the card.
export interface Shown {
  id?: string; // the one large card
  waiting: number; // newer cards held until the agent is done
}

export function showCard(was: Shown, cards: Card[], reading: boolean): Shown {
  const open = cards.filter((c) => !c.verdict || c.verdict === 'later');
  const newest = cards.at(-1);
  if (!newest) return { waiting: 0 };
  const current = cards.findIndex((c) => c.id === was.id);
  if (current < 0) return { id: open.at(-1)?.id, waiting: 0 };
  if (!reading) {
    const fresh = cards.slice(current + 1).filter((c) => !c.verdict).at(-1);
    return { id: fresh ? fresh.id : was.id, waiting: 0 };
  }
  return { id: was.id, waiting: cards.length - 1 - current };
}
