import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { get } from '../../api';
import { when } from '../../format';
import { useLoad } from '../../load';
import { Empty, Fetched } from '../../parts/Empty';
import type { AuditEntry } from '../../types';

export function AuditPanel() {
  const { t, i18n } = useTranslation();
  const load = useLoad('/api/audit?limit=200', get<{ entries: AuditEntry[] }>);
  return (
    <Fetched load={load}>
      {({ entries }) => (entries.length === 0 ? <Empty title={t('settings.noAudit')} /> : (
        <div className="panel flush"><Table>
          <Table.Thead><Table.Tr><Table.Th>{t('settings.when')}</Table.Th><Table.Th>{t('settings.who')}</Table.Th><Table.Th>{t('settings.what')}</Table.Th><Table.Th>{t('settings.target')}</Table.Th><Table.Th>{t('settings.detail')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {entries.map((e) => <Table.Tr key={e.id}><Table.Td>{when(e.at, i18n.language)}</Table.Td><Table.Td>{e.who}</Table.Td><Table.Td>{e.what}</Table.Td><Table.Td>{e.target}</Table.Td><Table.Td>{e.detail}</Table.Td></Table.Tr>)}
          </Table.Tbody>
        </Table></div>
      ))}
    </Fetched>
  );
}
