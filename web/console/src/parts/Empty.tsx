import { Alert, Button, Center, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api';
import type { Loaded } from '../load';

// Empty is a page or a panel with nothing to show, and what will fill it.
export function Empty({ title, lead, children }: { title: string; lead?: string; children?: ReactNode }) {
  return (
    <Center mih={220} p="xl">
      <Stack align="center" gap="xs" maw={440}>
        <Title order={2} ta="center" fw={600}>{title}</Title>
        {lead && <Text c="dimmed" ta="center">{lead}</Text>}
        {children}
      </Stack>
    </Center>
  );
}

export function words(e: Problem, offline: string): string {
  return e.status === 0 ? offline : e.message;
}

// Failed says what did not work in the gateway's words.
export function Failed({ error, again }: { error: Problem; again?: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="light" title={t('common.error')} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{words(error, t('common.offline'))}</Text>
        {again && <Button size="xs" variant="default" onClick={again}>{t('common.again')}</Button>}
      </Stack>
    </Alert>
  );
}

// Fetched shows data once it is there, what went wrong, or that it is on its way.
export function Fetched<T>({ load, children }: { load: Loaded<T>; children: (data: T) => ReactNode }) {
  return (
    <>
      {load.error && <Failed error={load.error} again={load.again} />}
      {load.data !== undefined ? children(load.data) : load.loading && <Stack>{[1, 2, 3].map((i) => <Skeleton key={i} h={36} />)}</Stack>}
    </>
  );
}
