import { Alert, Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { callPath, get } from '../api';
import { useLoad } from '../load';
import { CallDesk } from '../parts/CallDesk';
import { Fetched } from '../parts/Empty';
import { WhisperBox } from '../parts/WhisperBox';
import { useSession } from '../session';
import type { Call } from '../types';

// Follow is a supervisor looking over the agent's shoulder: the same page,
// without the agent's keys and without what is for the agent alone.
export function Follow({ id }: { id: string }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const load = useLoad(callPath(id), get<Call>);
  const aside = (call: Call) => (
    <>
      {call.escalation?.raised && <Alert color="orange" variant="light" title={t('board.alert')}><Text size="sm">{call.escalation.why?.join(' · ')}</Text></Alert>}
      {call.state === 'finished'
        ? <section className="panel"><Anchor component={Link} to={`/calls/${id}`}>{t('desk.review')}</Anchor></section>
        : may('whisper') && <section className="panel"><h2>{t('board.whisper')}</h2><WhisperBox call={call} /></section>}
    </>
  );
  return <Fetched load={load}>{(call) => <CallDesk call={call} mine={false} canMute={may('mute')} aside={aside(call)} />}</Fetched>;
}
