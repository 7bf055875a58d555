import { AppShell, Box, Button, Group, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useSession } from '../session';
import { setLanguage } from '../words';

export function Shell({ children }: { children: ReactNode }) {
  const { me, may, signOut } = useSession();
  const { t } = useTranslation();
  const links = [
    ...(me?.role === 'agent' ? [['/desk', t('nav.desk')]] : [['/board', t('nav.board')]]),
    ['/calls', t('nav.calls')],
    ...(may('drill') || me?.role === 'qc' ? [['/practice', t('nav.practice')]] : []),
    ['/settings', t('nav.settings')],
  ] as [string, string][];
  return (
    <AppShell header={{ height: 52 }} padding={0}>
      <a className="skip" href="#page">{t('nav.skip')}</a>
      <AppShell.Header className="top">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xl" wrap="nowrap">
            <Group gap={8} wrap="nowrap"><img src="/icon.svg" width={24} height={24} alt="" /><Text fw={700}>{t('app')}</Text></Group>
            <Group component="nav" gap={4} wrap="nowrap">
              {links.map(([to, label]) => <NavLink key={to} to={to} className="navlink">{label}</NavLink>)}
            </Group>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Switches />
            <Text size="sm" c="dimmed" visibleFrom="md">{me?.display || me?.name}</Text>
            <Button variant="subtle" color="gray" size="compact-sm" onClick={() => void signOut()}>{t('nav.signOut')}</Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="page" tabIndex={-1}>{children}</AppShell.Main>
    </AppShell>
  );
}

// Switches: language and colours, on every page and before signing in.
export function Switches() {
  const { t, i18n } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  return (
    <Group gap={4} wrap="nowrap">
      <Button variant="subtle" color="gray" size="compact-sm" lang={i18n.language === 'zh' ? 'en' : 'zh-CN'} onClick={() => setLanguage(i18n.language === 'zh' ? 'en' : 'zh')}>
        {t('nav.language')}
      </Button>
      <UnstyledButton className="iconbutton" aria-label={dark ? t('nav.light') : t('nav.dark')} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        <Box component="span" aria-hidden>{dark ? '☀' : '☾'}</Box>
        <VisuallyHidden>{dark ? t('nav.light') : t('nav.dark')}</VisuallyHidden>
      </UnstyledButton>
    </Group>
  );
}
