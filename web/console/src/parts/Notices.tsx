import { Alert, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Link } from '../live';

const known = ['hearing', 'meaning', 'voice', 'recording', 'store', 'stress', 'coach'] as const;

// Notices says in plain words what is not working, and that the call is fine.
export function Notices({ off, link, muted, why }: { off: Record<string, string>; link: Link; muted?: boolean; why?: boolean }) {
  const { t } = useTranslation();
  const names = Object.keys(off);
  const lost = link === 'lost';
  if (names.length === 0 && !lost && !muted) return null;
  return (
    <Stack gap={6} role="status">
      {lost && <Alert className="notice" color="yellow" variant="light"><Text size="sm">{t('link.lost')} {t('part.callOk')}</Text></Alert>}
      {muted && <Alert className="notice" color="gray" variant="light"><Text size="sm">{t('desk.muted')}</Text></Alert>}
      {names.length > 0 && (
        <Alert className="notice" color="yellow" variant="light">
          <Group gap={6}>
            {names.map((n) => (
              <Text size="sm" key={n} title={off[n]}>
                {known.includes(n as (typeof known)[number]) ? t(`part.${n as (typeof known)[number]}`) : t('part.other', { name: n })}.
                {why && off[n] ? ` ${t('part.why', { why: off[n] })}.` : ''}
              </Text>
            ))}
            <Text size="sm" fw={600}>{t('part.callOk')}</Text>
          </Group>
        </Alert>
      )}
    </Stack>
  );
}
