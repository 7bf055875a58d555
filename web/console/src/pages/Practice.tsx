import { Alert, Anchor, Badge, Button, Group, Table, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { get, post, Problem } from '../api';
import { when } from '../format';
import { useLoad } from '../load';
import { Empty, Failed, Fetched } from '../parts/Empty';
import { Score } from '../parts/Score';
import { useSession } from '../session';
import type { Run, Scenario } from '../types';

interface Drills {
  scenarios: Scenario[];
  runs: Run[];
}

export function Practice() {
  const { t } = useTranslation();
  const { me, may } = useSession();
  const load = useLoad('/api/simulations', get<Drills>);
  const [trainee, setTrainee] = useState('');
  const [address, setAddress] = useState('');
  const [busy, setBusy] = useState('');
  const [outcome, setOutcome] = useState<'started' | Problem>();
  const going = load.data?.runs.some((r) => r.state === 'ringing' || r.state === 'running') || outcome === 'started';
  const { again } = load;
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(again, 3000);
    return () => clearInterval(timer);
  }, [going, again]);
  const start = (s: Scenario) => {
    setBusy(s.id);
    setOutcome(undefined);
    post('/api/simulations', { scenario: s.id, ...(trainee.trim() ? { trainee: trainee.trim() } : {}), ...(address.trim() ? { address: address.trim() } : {}) })
      .then(() => setOutcome('started'), (e: unknown) => setOutcome(e instanceof Problem ? e : new Problem(0, String(e))))
      .finally(() => { setBusy(''); again(); });
  };
  const forOthers = me?.role !== 'agent';
  return (
    <div className="page">
      <Title order={1}>{t('practice.title')}</Title>
      <Text c="dimmed" mb="md" maw={640}>{t('practice.lead')}</Text>
      <div role="status">{outcome === 'started' && <Alert color="teal" variant="light" mb="md">{t('practice.started')}</Alert>}</div>
      {outcome instanceof Problem && <Failed error={outcome} />}
      <Fetched load={load}>
        {({ scenarios, runs }) => (scenarios.length === 0 ? <Empty title={t('practice.none')} lead={t('practice.noneLead')} /> : (
          <>
            {may('drill') && forOthers && (
              <Group mb="md" align="flex-start">
                <TextInput w={240} label={t('practice.trainee')} value={trainee} onChange={(e) => setTrainee(e.currentTarget.value)} />
                <TextInput w={380} label={t('practice.phone')} description={t('practice.phoneHint')} inputWrapperOrder={['label', 'input', 'description', 'error']} value={address} onChange={(e) => setAddress(e.currentTarget.value)} />
              </Group>
            )}
            <div className="cards">
              {scenarios.map((s) => (
                <section key={s.id} className="panel scenario">
                  <Group gap={6}><h2>{s.title}</h2></Group>
                  <Group gap={6}>
                    <Badge variant="light" color={{ easy: 'teal', medium: 'yellow', hard: 'orange' }[s.difficulty] ?? 'gray'}>{t(`practice.difficulty.${s.difficulty as 'easy'}`, { defaultValue: s.difficulty })}</Badge>
                    <Badge variant="light" color="gray">{s.language === 'zh' ? '中文' : s.language === 'en' ? 'English' : s.language}</Badge>
                    {s.minutes > 0 && <Text size="sm" c="dimmed">{t('practice.minutes', { n: s.minutes })}</Text>}
                  </Group>
                  <Text size="sm" className="scenario-text">{s.description}</Text>
                  {may('drill') && <Button loading={busy === s.id} disabled={busy !== ''} onClick={() => start(s)}>{forOthers ? t('practice.startFor') : t('practice.start')}</Button>}
                </section>
              ))}
            </div>
            <Title order={2} mt="xl" mb="sm">{t('practice.results')}</Title>
            {runs.length === 0 ? <Empty title={t('practice.noResults')} lead={t('practice.noResultsLead')} /> : <Results runs={runs} />}
          </>
        ))}
      </Fetched>
    </div>
  );
}

function Results({ runs }: { runs: Run[] }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="panel flush">
      <Table>
        <Table.Tbody>
          {runs.map((r) => (
            <Table.Tr key={r.id}>
              <Table.Td w={130}>{when(r.started, i18n.language)}</Table.Td>
              <Table.Td w={150} fw={600}>{r.trainee}</Table.Td>
              <Table.Td w={220}>{r.title || r.scenario}</Table.Td>
              <Table.Td w={120}><Badge variant="light" color={{ ringing: 'cyan', running: 'teal', finished: 'gray', failed: 'red' }[r.state]}>{t(`practice.state.${r.state}`)}</Badge></Table.Td>
              <Table.Td w={80}><Score value={r.score} /></Table.Td>
              <Table.Td><Text size="sm">{r.conclusion || r.reason}</Text></Table.Td>
              <Table.Td ta="right">{r.call && r.state === 'finished' && <Anchor component={Link} to={`/calls/${r.call}`}>{t('practice.look')}</Anchor>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
