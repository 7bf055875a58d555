import { Button, Group, Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CallDesk } from '../parts/CallDesk';
import { Empty } from '../parts/Empty';
import { Notices } from '../parts/Notices';
import { useBoard } from '../live';
import { useSession } from '../session';
import type { Call } from '../types';

// Desk is the agent's page: it opens the call by itself when the phone rings,
// and leaves it on the screen after the end until the next one rings.
export function Desk() {
  const { t } = useTranslation();
  const { calls, link } = useBoard();
  const { lose } = useSession();
  const [call, setCall] = useState<Call>();
  useEffect(() => { if (link === 'signed-out') lose(); }, [link, lose]);
  useEffect(() => {
    setCall((was) => {
      const same = calls.find((c) => c.id === was?.id);
      if (same) return same;
      const next = calls.at(-1);
      return next ?? (was && { ...was, state: 'finished', duration: was.duration });
    });
  }, [calls]);
  if (!call) {
    return (
      <div className="page">
        <Notices off={{}} link={link} />
        <Empty title={t('desk.waiting')} lead={t('desk.waitingLead')}>{link === 'connecting' && <Loader size="sm" />}</Empty>
      </div>
    );
  }
  const done = (
    <section className="panel">
      <h2>{t('desk.over')}</h2>
      <Group><Button component={Link} to={`/calls/${call.id}`} variant="light" size="sm">{t('desk.review')}</Button></Group>
    </section>
  );
  return <CallDesk key={call.id} call={call} mine canMute aside={call.state === 'finished' ? done : undefined} />;
}
