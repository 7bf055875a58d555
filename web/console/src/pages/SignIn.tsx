import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api';
import { words } from '../parts/Empty';
import { Switches } from '../parts/Shell';
import { useSession } from '../session';

export function SignIn() {
  const { t } = useTranslation();
  const { signIn, expired } = useSession();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Problem>();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(undefined);
    signIn(name.trim(), password).catch((p: unknown) => {
      setBusy(false);
      setError(p instanceof Problem ? p : new Problem(0, String(p)));
    });
  };
  return (
    <Center mih="100dvh" p="md" className="signin">
      <Stack w={380} gap="lg">
        <Group justify="space-between">
          <Group gap="sm"><img src="/icon.svg" width={40} height={40} alt="" /><Title order={1}>{t('app')}</Title></Group>
          <Switches />
        </Group>
        <Text c="dimmed">{t('signIn.lead')}</Text>
        <Paper withBorder p="lg" component="form" onSubmit={submit}>
          <Stack>
            {expired && !error && <Alert variant="light" color="yellow">{t('signIn.again')}</Alert>}
            {error && <Alert variant="light" color="red" role="alert">{error.status === 401 ? t('signIn.wrong') : error.status === 429 ? t('signIn.wait') : words(error, t('common.offline'))}</Alert>}
            <TextInput label={t('signIn.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} autoComplete="username" autoFocus required withAsterisk={false} />
            <PasswordInput label={t('signIn.password')} value={password} onChange={(e) => setPassword(e.currentTarget.value)} autoComplete="current-password" required withAsterisk={false} />
            <Button type="submit" loading={busy} size="md">{t('signIn.go')}</Button>
          </Stack>
        </Paper>
        <Text size="sm" c="dimmed">{t('signIn.first')}</Text>
      </Stack>
    </Center>
  );
}
