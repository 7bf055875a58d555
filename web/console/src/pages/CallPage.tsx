import { Alert, Anchor, Badge, Group, Tabs, Text, Title } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { callPath, get } from '../api';
import { clock, plain, when, who } from '../format';
import { emptyView, fold, lineAt, type View } from '../log';
import { useLoad } from '../load';
import { Empty, Failed, Fetched } from '../parts/Empty';
import { MoodCurve } from '../parts/MoodCurve';
import { Player, type Mark, type PlayerHandle } from '../parts/Player';
import { ReportView } from '../parts/ReportView';
import { Score } from '../parts/Score';
import { Transcript } from '../parts/Transcript';
import { useSession } from '../session';
import type { Call, Event, Report } from '../types';

// CallPage is a finished call: heard, read, judged.
export function CallPage({ id }: { id: string }) {
  const load = useLoad(callPath(id), get<Call>);
  return <Fetched load={load}>{(call) => <Finished call={call} />}</Fetched>;
}

function Finished({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  const { me } = useSession();
  const events = useLoad(callPath(call.id, '/events'), get<{ events: Event[] }>);
  const view = useMemo(() => fold(emptyView(), events.data?.events ?? []), [events.data]);
  const player = useRef<PlayerHandle>(null);
  const [at, setAt] = useState(0);
  const jump = (to: number) => { setAt(to); player.current?.seek(to, true); };
  const marks = useMemo<Mark[]>(() => [
    ...view.cards.map((c): Mark => ({ at: c.at, kind: 'tip', title: c.line })),
    ...view.whispers.filter((w) => w.dropped === undefined).map((w): Mark => ({ at: w.at, until: w.until ?? w.at + 1, kind: 'whisper', title: w.text })),
  ], [view]);
  const span = Math.max(view.at, call.duration, 1);
  return (
    <div className="page call">
      <header className="call-top">
        <Group gap="sm" wrap="nowrap">
          <Title order={1}>{who(call.from)} → {who(call.agent || call.to)}</Title>
          <Score value={call.score} />
          {call.kind === 'simulation' && <Badge variant="light" color="grape">{t('kind.simulation')}</Badge>}
        </Group>
        <Text c="dimmed" size="sm">{when(call.created, i18n.language)} · {clock(call.duration)} · {t(`ending.${call.ending as ''}`, { defaultValue: call.ending })}{call.reason && ` (${call.reason})`}</Text>
      </header>
      {call.state !== 'finished' && <Alert color="cyan" variant="light">{t('call.live')} <Anchor component={Link} to={me?.role === 'agent' ? '/desk' : `/live/${call.id}`}>{t('call.goLive')}</Anchor></Alert>}
      <section className="panel call-player">
        <Player ref={player} url={callPath(call.id, '/recording.wav')} marks={marks} onTime={setAt} />
        {view.mood.customer.length > 0
          ? <div className="call-mood"><MoodCurve points={view.mood.customer} height={84} span={span} now={at} onSeek={jump} label={t('desk.mood')} calm={t('desk.calm')} tense={t('desk.tense')} /></div>
          : events.data && <Text c="dimmed" size="sm" mt="xs">{t('call.moodEmpty')}</Text>}
      </section>
      <div className="call-main">
        <section className="panel">
          <h2>{t('call.transcript')}</h2>
          {events.error && <Failed error={events.error} again={events.again} />}
          <Transcript lines={view.lines} active={lineAt(view.lines, at)} onSeek={jump} empty={events.loading ? t('common.loading') : t('call.noLines')} />
        </section>
        <section className="panel">
          <Tabs defaultValue="report" keepMounted={false} className="call-tabs">
            <Tabs.List>
              <Tabs.Tab value="report">{t('call.report')}</Tabs.Tab>
              <Tabs.Tab value="tips">{t('call.tips')} ({view.cards.length})</Tabs.Tab>
              <Tabs.Tab value="whispers">{t('call.whispers')} ({view.whispers.length})</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="report"><ReportTab call={call} onJump={jump} /></Tabs.Panel>
            <Tabs.Panel value="tips"><Tips view={view} onJump={jump} /></Tabs.Panel>
            <Tabs.Panel value="whispers"><Whispers view={view} onJump={jump} /></Tabs.Panel>
          </Tabs>
        </section>
      </div>
    </div>
  );
}

function ReportTab({ call, onJump }: { call: Call; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  const load = useLoad(callPath(call.id, '/report'), get<Report>);
  if (load.error?.status === 404) return <Empty title={t('call.noReport')} lead={t('call.noReportLead')} />;
  return <Fetched load={load}>{(r) => <ReportView report={r} onJump={onJump} />}</Fetched>;
}

function At({ at, onJump }: { at: number; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  return <button type="button" className="at" onClick={() => onJump(at)} aria-label={t('call.jump', { at: clock(at) })}>▶ {clock(at)}</button>;
}

function Tips({ view, onJump }: { view: View; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  if (view.cards.length === 0 && view.held.length === 0) return <Empty title={t('call.noTips')} />;
  const all = [
    ...view.cards.map((c) => ({ at: c.at, key: `c${c.id}`, row: (
      <div>
        <Text fw={600} size="sm">{c.line} {c.verdict && <Badge size="md" variant="light" color="gray">{t(`card.verdict.${c.verdict}`)}</Badge>}</Text>
        {c.quote && <Text size="sm" c="dimmed">{t('card.heard', { at: clock(c.quote_at) })} “{c.quote}”</Text>}
        <Text size="sm" c="dimmed">{c.source && `${t('card.source')}: ${c.source}`}{c.waited >= 0.5 && ` · ${t('call.waited', { s: Math.round(c.waited) })}`}</Text>
      </div>) })),
    ...view.held.map((h) => ({ at: h.at, key: `h${h.seq}`, row: (
      <div><Text size="sm"><Badge size="md" variant="outline" color="gray">{t('call.heldBack')}</Badge> {plain(h.moment)}</Text><Text size="sm" c="dimmed">{t(`held.${h.reason as 'cooldown'}`, { defaultValue: h.reason })}{h.detail && `: ${h.detail}`}</Text></div>) })),
  ].sort((a, b) => a.at - b.at);
  return <ul className="rows">{all.map((r) => <li key={r.key}><At at={r.at} onJump={onJump} />{r.row}</li>)}</ul>;
}

function Whispers({ view, onJump }: { view: View; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  return (
    <ul className="rows">
      {view.whispers.map((w) => (
        <li key={w.id}><At at={w.at} onJump={onJump} />
          <div><Text size="sm" fw={600}>{w.text}</Text><Text size="sm" c="dimmed">{t('call.whisperBy', { who: w.by === 'coach' ? t('party.coach') : w.by })}{w.dropped !== undefined && ` · ${t('call.dropped', { why: w.dropped })}`}</Text></div>
        </li>
      ))}
      {view.whispers.length === 0 && <Text c="dimmed" size="sm" p="md">–</Text>}
    </ul>
  );
}
