import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { callPath, post, Problem } from '../api';
import { who } from '../format';
import type { Call } from '../types';
import { words } from './Empty';

// WhisperBox speaks one line into that agent's ear.
export function WhisperBox({ call, focus }: { call: Call; focus?: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [state, setState] = useState<'idle' | 'busy' | 'sent' | Problem>('idle');
  const send = (e: FormEvent) => {
    e.preventDefault();
    setState('busy');
    post(callPath(call.id, '/whisper'), { text }).then(
      () => { setText(''); setState('sent'); },
      (p: unknown) => setState(p instanceof Problem ? p : new Problem(0, String(p))),
    );
  };
  const wrong = state instanceof Problem ? words(state, t('common.offline')) : undefined;
  return (
    <form onSubmit={send} className="whisper">
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput flex={1} label={t('board.whisperTo', { agent: who(call.agent) })} value={text} maxLength={300} autoFocus={focus ?? false}
          onChange={(e) => { setText(e.currentTarget.value); if (state !== 'busy') setState('idle'); }} error={wrong} />
        <Button type="submit" loading={state === 'busy'} disabled={text.trim() === ''}>{t('board.send')}</Button>
      </Group>
      <Text size="xs" c="dimmed" mt={4} role="status">{state === 'sent' ? t('board.sent') : t('board.whisperHint')}</Text>
    </form>
  );
}
