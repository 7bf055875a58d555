import { Badge, Button, Checkbox, Group, Modal, PasswordInput, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, Problem, put } from '../../api';
import { useLoad } from '../../load';
import { Failed, Fetched } from '../../parts/Empty';
import type { Role, User } from '../../types';

export const roles: Role[] = ['agent', 'supervisor', 'qc', 'trainer', 'admin'];
const blank: User = { name: '', display: '', role: 'agent', address: '', disabled: false };

export function UsersPanel() {
  const { t } = useTranslation();
  const load = useLoad('/api/users', get<{ users: User[] }>);
  const [editing, setEditing] = useState<User>();
  const [removing, setRemoving] = useState<User>();
  const done = () => { setEditing(undefined); setRemoving(undefined); load.again(); };
  return (
    <Fetched load={load}>
      {({ users }) => (
        <>
          <Group mb="sm"><Button onClick={() => setEditing(blank)}>{t('settings.add')}</Button></Group>
          <div className="panel flush">
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t('settings.name')}</Table.Th><Table.Th>{t('settings.display')}</Table.Th><Table.Th>{t('settings.role')}</Table.Th><Table.Th>{t('settings.address')}</Table.Th><Table.Th /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {users.map((u) => (
                  <Table.Tr key={u.name}>
                    <Table.Td fw={600}>{u.name}</Table.Td><Table.Td>{u.display}</Table.Td>
                    <Table.Td><Group gap={6}>{t(`settings.roles.${u.role}`)}{u.disabled && <Badge color="gray" variant="light">{t('settings.disabled')}</Badge>}</Group></Table.Td>
                    <Table.Td>{u.address}</Table.Td>
                    <Table.Td><Group gap="xs" justify="flex-end" wrap="nowrap">
                      <Button size="xs" variant="default" onClick={() => setEditing(u)}>{t('settings.edit', { name: '' }).trim()}</Button>
                      <Button size="xs" variant="subtle" color="red" onClick={() => setRemoving(u)}>{t('common.remove')}</Button>
                    </Group></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Modal opened={Boolean(editing)} onClose={() => setEditing(undefined)} title={editing?.name ? t('settings.edit', { name: editing.name }) : t('settings.add')}>
            {editing && <UserForm user={editing} onDone={done} />}
          </Modal>
          <Modal opened={Boolean(removing)} onClose={() => setRemoving(undefined)} title={t('settings.removeUser', { name: removing?.name })}>
            {removing && <Removal user={removing} onDone={done} onCancel={() => setRemoving(undefined)} />}
          </Modal>
        </>
      )}
    </Fetched>
  );
}

function UserForm({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useTranslation();
  const [u, setU] = useState(user);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<Problem>();
  const save = (e: FormEvent) => {
    e.preventDefault();
    const { role, display, address, disabled } = u;
    put(`/api/users/${encodeURIComponent(u.name.trim())}`, { role, display, address: address.trim(), disabled, ...(password ? { password } : {}) })
      .then(onDone, (p: unknown) => setError(p instanceof Problem ? p : new Problem(0, String(p))));
  };
  return (
    <form onSubmit={save}>
      <Stack gap="sm">
        {error && <Failed error={error} />}
        <TextInput label={t('settings.name')} value={u.name} disabled={user.name !== ''} onChange={(e) => setU({ ...u, name: e.currentTarget.value })} required data-autofocus />
        <TextInput label={t('settings.display')} value={u.display} onChange={(e) => setU({ ...u, display: e.currentTarget.value })} />
        <Select label={t('settings.role')} value={u.role} allowDeselect={false} onChange={(r) => setU({ ...u, role: r as Role })} data={roles.map((r) => ({ value: r, label: t(`settings.roles.${r}`) }))} />
        <TextInput label={t('settings.address')} placeholder="sip:mei@10.0.0.7" value={u.address} onChange={(e) => setU({ ...u, address: e.currentTarget.value })} />
        <PasswordInput label={t('settings.setPassword')} description={user.name ? t('settings.keepPassword') : t('settings.newHint')} value={password} onChange={(e) => setPassword(e.currentTarget.value)} required={!user.name} minLength={10} autoComplete="new-password" />
        <Checkbox label={t('settings.disabled')} checked={u.disabled} onChange={(e) => setU({ ...u, disabled: e.currentTarget.checked })} />
        <Group justify="flex-end"><Button type="submit">{t('common.save')}</Button></Group>
      </Stack>
    </form>
  );
}

function Removal({ user, onDone, onCancel }: { user: User; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [error, setError] = useState<Problem>();
  const remove = () => {
    del(`/api/users/${encodeURIComponent(user.name)}`).then(onDone, (p: unknown) => setError(p instanceof Problem ? p : new Problem(0, String(p))));
  };
  return (
    <Stack>
      {error && <Failed error={error} />}
      <Text>{t('settings.removeLead')}</Text>
      <Group justify="flex-end"><Button variant="default" onClick={onCancel}>{t('common.cancel')}</Button><Button color="red" onClick={remove}>{t('common.remove')}</Button></Group>
    </Stack>
  );
}
