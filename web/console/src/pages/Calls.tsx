import { Anchor, Badge, Button, Center, Group, Select, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { get } from '../api';
import { clock, when, who } from '../format';
import { useLoad } from '../load';
import { Empty, Fetched } from '../parts/Empty';
import { Score } from '../parts/Score';
import { useSession } from '../session';
import type { Call } from '../types';

const PAGE = 50;
type List = { calls: Call[] };

// What is asked for lives in the address, so that a search can be sent on.
export function Calls() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [asked, setAsked] = useSearchParams();
  const [text, setText] = useState(asked.get('q') ?? '');
  const [quiet] = useDebouncedValue(text, 300);
  const set = (key: string, value: string) => setAsked((p) => { if (value) p.set(key, value); else p.delete(key); return p; }, { replace: true });
  useEffect(() => set('q', quiet.trim()), [quiet]); // eslint-disable-line
  const filtered = [...asked.keys()].length > 0;
  const query = useMemo(() => apiQuery(asked), [asked]);
  return (
    <div className="page">
      <Title order={1} mb="md">{t('calls.title')}</Title>
      <Group align="flex-end" mb="md" gap="sm">
        <TextInput flex={1} miw={260} type="search" label={t('calls.search')} value={text} onChange={(e) => setText(e.currentTarget.value)} />
        {may('all') && <TextInput w={150} label={t('calls.agent')} defaultValue={asked.get('agent') ?? ''} onBlur={(e) => set('agent', e.currentTarget.value.trim())} onKeyDown={(e) => { if (e.key === 'Enter') set('agent', e.currentTarget.value.trim()); }} />}
        <TextInput w={150} type="date" label={t('calls.from')} value={asked.get('from') ?? ''} onChange={(e) => set('from', e.currentTarget.value)} />
        <TextInput w={150} type="date" label={t('calls.until')} value={asked.get('until') ?? ''} onChange={(e) => set('until', e.currentTarget.value)} />
        <Select w={140} label={t('calls.score')} value={asked.get('score') ?? ''} allowDeselect={false} onChange={(v) => set('score', v ?? '')}
          data={[{ value: '', label: t('calls.scoreAny') }, { value: 'low', label: t('calls.scoreLow') }, { value: 'mid', label: t('calls.scoreMid') }, { value: 'high', label: t('calls.scoreHigh') }]} />
      </Group>
      <Pages key={query} query={query} filtered={filtered} onClear={() => { setText(''); setAsked({}, { replace: true }); }} />
    </div>
  );
}

export function apiQuery(asked: URLSearchParams): string {
  const q = new URLSearchParams({ limit: String(PAGE) });
  for (const key of ['q', 'agent']) if (asked.get(key)) q.set(key, asked.get(key)!);
  if (asked.get('from')) q.set('from', new Date(`${asked.get('from')}T00:00:00`).toISOString());
  if (asked.get('until')) {
    const day = new Date(`${asked.get('until')}T00:00:00`);
    day.setDate(day.getDate() + 1); // the whole last day
    q.set('until', day.toISOString());
  }
  const band = { low: [0, 59.99], mid: [60, 79.99], high: [80, 100] }[asked.get('score') ?? ''];
  if (band) {
    q.set('min_score', String(Math.max(band[0]!, 0.001))); // 0 means any
    q.set('max_score', String(Math.min(band[1]!, 99.999)));
    if (band[1] === 100) q.delete('max_score');
  }
  return q.toString();
}

function Pages({ query, filtered, onClear }: { query: string; filtered: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  const [befores, setBefores] = useState<string[]>(['']);
  return (
    <>
      {befores.map((b, i) => (
        <Page key={b} path={`/api/calls?${query}${b && `&before=${encodeURIComponent(b)}`}`} first={i === 0} last={i === befores.length - 1}
          onMore={(id) => setBefores((all) => [...all, id])}
          empty={filtered
            ? <Empty title={t('calls.nothing')} lead={t('calls.nothingLead')}><Button variant="default" onClick={onClear}>{t('calls.clear')}</Button></Empty>
            : <Empty title={t('calls.empty')} lead={t('calls.emptyLead')} />} />
      ))}
    </>
  );
}

function Page({ path, first, last, onMore, empty }: { path: string; first: boolean; last: boolean; onMore: (id: string) => void; empty: React.ReactNode }) {
  const { t } = useTranslation();
  const load = useLoad(path, get<List>);
  return (
    <Fetched load={load}>
      {({ calls }) => (calls.length === 0 ? (first ? empty : null) : (
        <>
          <div className="panel flush"><CallTable calls={calls} /></div>
          {last && calls.length === PAGE && <Center p="md"><Button variant="default" onClick={() => onMore(calls.at(-1)!.id)}>{t('common.more')}</Button></Center>}
        </>
      ))}
    </Fetched>
  );
}

function CallTable({ calls }: { calls: Call[] }) {
  const { t, i18n } = useTranslation();
  return (
    <Table highlightOnHover layout="fixed">
      <Table.Thead><Table.Tr>
        <Table.Th w="17%">{t('calls.when')}</Table.Th><Table.Th w="20%">{t('calls.caller')}</Table.Th><Table.Th w="15%">{t('calls.agent')}</Table.Th>
        <Table.Th w="9%">{t('calls.length')}</Table.Th><Table.Th>{t('calls.ending')}</Table.Th><Table.Th w="10%">{t('calls.score')}</Table.Th>
      </Table.Tr></Table.Thead>
      <Table.Tbody>
        {calls.map((c) => {
          const at = when(c.created, i18n.language);
          return (
            <Table.Tr key={c.id}>
              <Table.Td><Anchor component={Link} to={c.state === 'finished' ? `/calls/${c.id}` : `/live/${c.id}`} fw={600} aria-label={t('calls.open', { when: at })}>{at}</Anchor></Table.Td>
              <Table.Td>{who(c.from)}</Table.Td>
              <Table.Td>{who(c.agent)}</Table.Td>
              <Table.Td className="timer">{clock(c.duration)}</Table.Td>
              <Table.Td>
                <Group gap={6}>
                  {c.kind === 'simulation' && <Badge variant="light" color="grape">{t('kind.simulation')}</Badge>}
                  {c.state === 'finished' ? <Text size="sm">{t(`ending.${c.ending as ''}`, { defaultValue: c.ending })}</Text> : <Badge color="teal" variant="light">{t(`state.${c.state}`)}</Badge>}
                </Group>
              </Table.Td>
              <Table.Td><Score value={c.score} /></Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
