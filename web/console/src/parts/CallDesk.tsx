import { Badge, Button, CopyButton, Group, Text, Title, UnstyledButton } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { callPath, post, Problem } from '../api';
import { clock, moodWord, plain, who } from '../format';
import { useCall } from '../live';
import { showCard, type Card, type Shown, type View } from '../log';
import type { Call, Slot, Verdict } from '../types';
import { Failed } from './Empty';
import { Key, useKeys } from './Key';
import { MoodCurve } from './MoodCurve';
import { Notices } from './Notices';
import { Tip } from './Tip';
import { Transcript } from './Transcript';

// After the pointer rested on the card for so long, the reader has read it.
const READING_MS = 6000;

// useTip holds the one card on the screen and keeps it there while it is read.
function useTip(cards: Card[]) {
  const [shown, setShown] = useState<Shown>({ waiting: 0 });
  const [stepsOpen, setSteps] = useState(false);
  const [pinned, setPinned] = useState(false);
  const [touched, setTouched] = useState(0);
  const [, tick] = useState(0);
  const reading = stepsOpen || pinned || Date.now() - touched < READING_MS;
  useEffect(() => setShown((was) => showCard(was, cards, reading)), [cards, reading]);
  useEffect(() => {
    if (!touched) return;
    const timer = setTimeout(() => tick((n) => n + 1), READING_MS + 50);
    return () => clearTimeout(timer);
  }, [touched]);
  const release = () => { setSteps(false); setPinned(false); setTouched(0); };
  return {
    card: cards.find((c) => c.id === shown.id), waiting: shown.waiting, stepsOpen,
    touch: () => setTouched(Date.now()),
    toggleSteps: () => setSteps((o) => !o),
    pick: (id: string) => { setSteps(false); setPinned(true); setShown({ id, waiting: 0 }); },
    release,
  };
}

function useTimer(call: Call, running: boolean): string {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  if (!running) return clock(call.duration);
  return call.answered ? clock((now - Date.parse(call.answered)) / 1000) : '';
}

interface Props {
  call: Call;
  mine: boolean; // the reader is this call's agent
  canMute: boolean;
  aside?: ReactNode; // what a supervisor may do, beside the call
  onOver?: () => void;
}

// CallDesk is one call in progress. The grid never changes its sizes: whatever
// arrives, nothing moves under the reader's eyes.
export function CallDesk({ call, mine, canMute, aside, onOver }: Props) {
  const { t } = useTranslation();
  const { view, link } = useCall(call.id);
  const tip = useTip(view.cards);
  const [error, setError] = useState<Problem>();
  const over = view.ending !== undefined || call.state === 'finished';
  useEffect(() => { if (over) onOver?.(); }, [over, onOver]);
  const send = (path: string, body: unknown) => {
    setError(undefined);
    post(callPath(call.id, path), body).catch((e: unknown) => setError(e instanceof Problem ? e : new Problem(0, String(e))));
  };
  const answer = (v: Verdict) => {
    if (!tip.card || (tip.card.verdict && tip.card.verdict !== 'later')) return;
    send(`/advice/${encodeURIComponent(tip.card.id)}/feedback`, { verdict: v });
    tip.release();
  };
  const mute = () => send('/mute', { on: !view.muted });
  const working = !over;
  useKeys({
    A: mine && working ? () => answer('accepted') : undefined,
    D: mine && working ? () => answer('dismissed') : undefined,
    L: mine && working ? () => answer('later') : undefined,
    S: tip.card?.steps?.length ? tip.toggleSteps : undefined,
    N: tip.waiting > 0 ? tip.release : undefined,
    M: canMute && working ? mute : undefined,
  });
  return (
    <div className="desk">
      <DeskTop call={call} view={view} over={over} canMute={canMute && working} onMute={mute}>
        <Notices off={view.off} link={over ? 'over' : link} muted={view.muted} why={!mine} />
      </DeskTop>
      <div className="desk-main">
        <div className="desk-tip" onPointerMove={tip.touch} onFocus={tip.touch}>
          <Tip card={tip.card} at={view.at} waiting={tip.waiting} stepsOpen={tip.stepsOpen} onSteps={tip.toggleSteps}
            onAnswer={mine && working ? answer : undefined} onShow={tip.release} />
        </div>
        <section className="panel desk-words">
          <h2>{t('desk.transcript')}</h2>
          <Transcript lines={view.lines} me={mine} live empty={t('desk.transcriptEmpty')} />
        </section>
      </div>
      <div className="desk-side">
        {error && <Failed error={error} />}
        {aside}
        <Mood view={view} mine={mine} />
        <Noted slots={view.slots} fields={view.fields} />
        <Earlier cards={view.cards} current={tip.card?.id} onPick={tip.pick} />
      </div>
    </div>
  );
}

interface TopProps {
  call: Call;
  view: View;
  over: boolean;
  canMute: boolean;
  onMute: () => void;
  children: ReactNode; // what is off: it has its place here, so that it pushes nothing
}

function DeskTop({ call, view, over, canMute, onMute, children }: TopProps) {
  const { t } = useTranslation();
  const timer = useTimer(call, !over);
  return (
    <header className="desk-top">
      <Group gap="md" wrap="nowrap">
        <Title order={1} className="desk-caller">{who(call.from)}</Title>
        <Text className="timer" aria-label={t('board.time')}>{timer}</Text>
        {call.queue && <Badge variant="light" color="gray">{call.queue}</Badge>}
        {call.kind === 'simulation' && <Badge variant="light" color="grape">{t('kind.simulation')}</Badge>}
        {view.onHold && <Badge variant="light" color="yellow">{t('desk.hold')}</Badge>}
        <Badge variant="light" color={over ? 'gray' : 'teal'}>{over ? t('desk.over') : t(`state.${call.state}`)}</Badge>
      </Group>
      <div className="desk-notices">{children}</div>
      {canMute && (
        <Button size="sm" variant={view.muted ? 'filled' : 'default'} aria-pressed={view.muted} rightSection={<Key of="M" />} onClick={onMute}>
          {view.muted ? t('desk.unmute') : t('desk.mute')}
        </Button>
      )}
    </header>
  );
}

function Mood({ view, mine }: { view: View; mine: boolean }) {
  const { t } = useTranslation();
  const now = moodWord(view.mood.customer.findLast((p) => p.value !== null)?.value);
  const own = mine ? view.mood.agent.findLast((p) => p.value !== null) : undefined;
  return (
    <section className="panel desk-mood">
      <h2>{t('desk.mood')} <small>{view.mood.customer.length > 0 && t('desk.moodNow', { word: t(`desk.moodWords.${now}`) })}</small></h2>
      {view.mood.customer.length === 0 ? <Text c="dimmed" size="sm">{t('desk.moodEmpty')}</Text> : (
        <MoodCurve points={view.mood.customer} height={96} label={`${t('desk.mood')}: ${t(`desk.moodWords.${now}`)}`} calm={t('desk.calm')} tense={t('desk.tense')} />
      )}
      {own && <Text size="sm" mt={4}>{t('desk.own')}: <b>{t(`desk.moodWords.${moodWord(own.value)}`)}</b> <Text span c="dimmed" size="xs">({t('desk.ownLead')})</Text></Text>}
    </section>
  );
}

function Noted({ slots, fields }: { slots: Slot[]; fields: Record<string, string> }) {
  const { t } = useTranslation();
  const facts = Object.entries(fields);
  return (
    <section className="panel desk-notes">
      <h2>{t('desk.notes')}</h2>
      {slots.length === 0 && facts.length === 0 && <Text c="dimmed" size="sm">{t('desk.notesEmpty')}</Text>}
      <div className="chips">
        {slots.map((s) => <Copyable key={s.kind + s.value} label={t(`slot.${s.kind as 'number'}`, { defaultValue: plain(s.kind) })} value={s.value} hint={s.said} />)}
        {facts.map(([k, v]) => <Copyable key={k} label={plain(k)} value={v} />)}
      </div>
    </section>
  );
}

function Copyable({ label, value, hint }: { label: string; value: string; hint?: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <UnstyledButton className="chip" onClick={copy} title={hint}>
          <span className="chip-label">{label}</span> <b>{value}</b>
          <span className="chip-do" aria-live="polite">{copied ? t('common.copied') : t('common.copy')}</span>
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

function Earlier({ cards, current, onPick }: { cards: Card[]; current: string | undefined; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const earlier = cards.filter((c) => c.id !== current).reverse();
  return (
    <section className="panel desk-earlier">
      <h2>{t('desk.earlier')}</h2>
      <ul>
        {earlier.map((c) => (
          <li key={c.id}>
            <UnstyledButton className="earlier" onClick={() => onPick(c.id)}>
              <span className="turn-at">{clock(c.at)}</span> <span className="earlier-line">{c.line}</span>
              {c.verdict && <Badge size="md" color="gray" variant="light">{t(`card.verdict.${c.verdict}`)}</Badge>}
            </UnstyledButton>
          </li>
        ))}
        {earlier.length === 0 && <Text c="dimmed" size="sm">–</Text>}
      </ul>
    </section>
  );
}
