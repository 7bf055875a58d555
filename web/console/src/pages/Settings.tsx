import { Badge, Button, Group, PasswordInput, SegmentedControl, Stack, Tabs, Text, Title, useMantineColorScheme } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, Problem } from '../api';
import { useLoad } from '../load';
import { Failed, Fetched } from '../parts/Empty';
import { AuditPanel } from './settings/Audit';
import { TokensPanel } from './settings/Tokens';
import { UsersPanel } from './settings/Users';
import { useSession } from '../session';
import { setLanguage, type Language } from '../words';
import type { Part } from '../types';

export function Settings() {
  const { t } = useTranslation();
  const { may } = useSession();
  const admin = may('manage');
  return (
    <div className="page">
      <Title order={1} mb="md">{t('settings.title')}</Title>
      <Tabs defaultValue="me" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="me">{t('settings.me')}</Tabs.Tab>
          <Tabs.Tab value="health">{t('settings.health')}</Tabs.Tab>
          {admin && <Tabs.Tab value="users">{t('settings.users')}</Tabs.Tab>}
          {admin && <Tabs.Tab value="tokens">{t('settings.tokens')}</Tabs.Tab>}
          {admin && <Tabs.Tab value="audit">{t('settings.audit')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="me"><Mine /></Tabs.Panel>
        <Tabs.Panel value="health"><Health /></Tabs.Panel>
        {admin && <Tabs.Panel value="users"><UsersPanel /></Tabs.Panel>}
        {admin && <Tabs.Panel value="tokens"><TokensPanel /></Tabs.Panel>}
        {admin && <Tabs.Panel value="audit"><AuditPanel /></Tabs.Panel>}
      </Tabs>
    </div>
  );
}

function Mine() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { lose } = useSession();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [error, setError] = useState<Problem>();
  const change = (e: FormEvent) => {
    e.preventDefault();
    setError(undefined);
    post('/api/me/password', { old, new: fresh }).then(lose, (p: unknown) => setError(p instanceof Problem ? p : new Problem(0, String(p))));
  };
  return (
    <Stack maw={420} gap="lg">
      <div><Text fw={600} mb={4}>{t('settings.language')}</Text>
        <SegmentedControl aria-label={t('settings.language')} value={i18n.language} onChange={(v) => setLanguage(v as Language)} data={[{ value: 'en', label: 'English' }, { value: 'zh', label: '中文' }]} /></div>
      <div><Text fw={600} mb={4}>{t('settings.theme')}</Text>
        <SegmentedControl aria-label={t('settings.theme')} value={colorScheme} onChange={(v) => setColorScheme(v as 'auto')} data={[{ value: 'auto', label: t('settings.auto') }, { value: 'light', label: t('nav.light') }, { value: 'dark', label: t('nav.dark') }]} /></div>
      <form onSubmit={change}>
        <Stack gap="sm">
          <Title order={2}>{t('settings.password')}</Title>
          {error && <Failed error={error} />}
          <PasswordInput label={t('settings.old')} value={old} onChange={(e) => setOld(e.currentTarget.value)} autoComplete="current-password" required withAsterisk={false} />
          <PasswordInput label={t('settings.new')} description={t('settings.newHint')} value={fresh} onChange={(e) => setFresh(e.currentTarget.value)} autoComplete="new-password" minLength={10} required withAsterisk={false} />
          <Group><Button type="submit">{t('common.save')}</Button></Group>
        </Stack>
      </form>
    </Stack>
  );
}

function Health() {
  const { t } = useTranslation();
  const load = useLoad('/api/health', get<{ status: string; parts: Part[] }>);
  return (
    <Fetched load={load}>
      {({ parts }) => (
        <Stack gap="xs" maw={720}>
          {parts.every((p) => p.on) && <Text>{t('settings.allOn')}</Text>}
          {parts.map((p) => (
            <Group key={p.name} className="panel" gap="sm" wrap="nowrap" align="flex-start">
              <Badge variant="light" color={p.on ? 'teal' : 'yellow'} miw={80}>{p.on ? t('settings.on') : t('settings.off')}</Badge>
              <div><Text fw={600}>{p.name}</Text>{p.why && <Text size="sm">{p.why}</Text>}</div>
            </Group>
          ))}
        </Stack>
      )}
    </Fetched>
  );
}
