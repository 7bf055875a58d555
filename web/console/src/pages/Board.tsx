import { Alert, Anchor, Badge, Button, Group, Table, Text, Title } from '@mantine/core';
import { Fragment, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { clock, plain, who } from '../format';
import { useBoard } from '../live';
import { Empty } from '../parts/Empty';
import { Notices } from '../parts/Notices';
import { WhisperBox } from '../parts/WhisperBox';
import { useSession } from '../session';
import type { Call } from '../types';

export function Board() {
  const { t } = useTranslation();
  const { calls, link } = useBoard();
  const { may, lose } = useSession();
  const [whispering, setWhispering] = useState<string>();
  const [now, setNow] = useState(Date.now());
  useEffect(() => { if (link === 'signed-out') lose(); }, [link, lose]);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const alerts = calls.filter((c) => c.escalation?.raised);
  return (
    <div className="page">
      <Group justify="space-between" mb="md"><Title order={1}>{t('board.title')}</Title><Badge color={link === 'live' ? 'teal' : 'yellow'} variant="light">{link === 'live' ? t('link.live') : t('link.connecting')}</Badge></Group>
      <Notices off={{}} link={link} />
      <div aria-live="assertive">
        {alerts.length > 0 && (
          <Alert color="orange" variant="light" mb="md" title={t('board.alerts', { count: alerts.length })}>
            {alerts.map((c) => <Text key={c.id} size="sm"><Anchor component={Link} to={`/live/${c.id}`} fw={600}>{who(c.agent)}</Anchor>: {c.escalation?.why?.join(' · ')}</Text>)}
          </Alert>
        )}
      </div>
      {calls.length === 0 ? <Empty title={t('board.empty')} lead={t('board.emptyLead')} /> : (
        <div className="panel flush">
          <Table highlightOnHover>
            <Table.Thead><Table.Tr>
              <Table.Th>{t('board.agent')}</Table.Th><Table.Th>{t('board.caller')}</Table.Th><Table.Th>{t('board.time')}</Table.Th><Table.Th>{t('board.status')}</Table.Th><Table.Th />
            </Table.Tr></Table.Thead>
            <Table.Tbody>
              {calls.map((c) => (
                <Fragment key={c.id}>
                  <Table.Tr className={c.escalation?.raised ? 'alerted' : undefined}>
                    <Table.Td fw={600}>{who(c.agent) || t('common.none')}</Table.Td>
                    <Table.Td>{who(c.from)} {c.queue && <Text span c="dimmed" size="sm">{c.queue}</Text>}</Table.Td>
                    <Table.Td className="timer">{c.answered ? clock((now - Date.parse(c.answered)) / 1000) : '–'}</Table.Td>
                    <Table.Td><Status call={c} /></Table.Td>
                    <Table.Td>
                      <Group gap="xs" justify="flex-end" wrap="nowrap">
                        {may('whisper') && c.state === 'live' && <Button size="xs" variant="default" aria-expanded={whispering === c.id} onClick={() => setWhispering(whispering === c.id ? undefined : c.id)}>{t('board.whisper')}</Button>}
                        <Button size="xs" component={Link} to={`/live/${c.id}`}>{t('board.watch')}</Button>
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                  {whispering === c.id && <Table.Tr><Table.Td colSpan={5}><WhisperBox call={c} focus /></Table.Td></Table.Tr>}
                </Fragment>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </div>
  );
}

function Status({ call }: { call: Call }) {
  const { t } = useTranslation();
  const off = Object.keys(call.off ?? {});
  return (
    <Group gap={6}>
      {call.escalation?.raised && <Badge color="orange">{t('board.alert')}</Badge>}
      <Badge variant="light" color={call.state === 'live' ? 'teal' : 'gray'}>{t(`state.${call.state}`)}</Badge>
      {call.kind === 'simulation' && <Badge variant="light" color="grape">{t('kind.simulation')}</Badge>}
      {call.muted && <Badge variant="light" color="gray">{t('board.muted')}</Badge>}
      {off.length > 0 && <Badge variant="light" color="yellow" title={Object.values(call.off ?? {}).join('; ')}>{t('board.off', { parts: off.map(plain).join(', ') })}</Badge>}
    </Group>
  );
}
