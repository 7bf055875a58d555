import { Alert, Button, Code, CopyButton, Group, Select, Table, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, Problem } from '../../api';
import { when } from '../../format';
import { useLoad } from '../../load';
import { Empty, Failed, Fetched } from '../../parts/Empty';
import type { Role, Token } from '../../types';
import { roles } from './Users';

export function TokensPanel() {
  const { t, i18n } = useTranslation();
  const load = useLoad('/api/tokens', get<{ tokens: Token[] }>);
  const [name, setName] = useState('');
  const [user, setUser] = useState('');
  const [role, setRole] = useState<Role>('supervisor');
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<Problem>();
  const fail = (p: unknown) => setError(p instanceof Problem ? p : new Problem(0, String(p)));
  const add = (e: FormEvent) => {
    e.preventDefault();
    setError(undefined);
    post<{ secret: string }>('/api/tokens', { name, role, ...(user.trim() ? { user: user.trim() } : {}) }).then((m) => { setSecret(m.secret); setName(''); load.again(); }, fail);
  };
  return (
    <>
      <form onSubmit={add}>
        <Group align="flex-end" mb="md">
          <TextInput label={t('settings.tokenFor')} value={name} onChange={(e) => setName(e.currentTarget.value)} required withAsterisk={false} w={240} />
          <Select label={t('settings.role')} value={role} allowDeselect={false} onChange={(r) => setRole(r as Role)} data={roles.map((r) => ({ value: r, label: t(`settings.roles.${r}`) }))} w={160} />
          <TextInput label={t('settings.tokenUser')} value={user} onChange={(e) => setUser(e.currentTarget.value)} w={280} />
          <Button type="submit">{t('settings.addToken')}</Button>
        </Group>
      </form>
      {error && <Failed error={error} />}
      {secret && (
        <Alert color="teal" variant="light" mb="md" title={t('settings.tokenOnce')}>
          <Group><Code>{secret}</Code><CopyButton value={secret}>{({ copied, copy }) => <Button size="xs" variant="default" onClick={copy}>{copied ? t('common.copied') : t('common.copy')}</Button>}</CopyButton></Group>
        </Alert>
      )}
      <Fetched load={load}>
        {({ tokens }) => (tokens.length === 0 ? <Empty title={t('settings.noTokens')} /> : (
          <div className="panel flush"><Table><Table.Tbody>
            {tokens.map((k) => (
              <Table.Tr key={k.id}>
                <Table.Td fw={600}>{k.name || k.id}</Table.Td><Table.Td>{t(`settings.roles.${k.role}`)}</Table.Td><Table.Td>{k.user}</Table.Td>
                <Table.Td><Text size="sm" c="dimmed">{when(k.created, i18n.language)}</Text></Table.Td>
                <Table.Td ta="right"><Button size="xs" variant="subtle" color="red" onClick={() => del(`/api/tokens/${encodeURIComponent(k.id)}`).then(load.again, fail)}>{t('common.remove')}</Button></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody></Table></div>
        ))}
      </Fetched>
    </>
  );
}
