import { Alert, Badge, Group, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { clock } from '../format';
import type { Report, ReportItem } from '../types';
import { Score } from './Score';

const colors = { pass: 'teal', fail: 'red', na: 'gray', unsure: 'yellow' } as const;
const signs = { pass: '✓', fail: '✗', na: '–', unsure: '?' } as const;

// ReportView shows each question with the words it rests on; they play.
export function ReportView({ report, onJump }: { report: Report; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  const failed = report.sections?.flatMap((s) => s.items).find((i) => i.id === report.auto_fail);
  return (
    <div data-testid="report">
      <Group mb="sm" gap="sm"><Score value={report.decided > 0 ? report.score : null} big /><Text c="dimmed" size="sm">{report.scorecard} · {report.version}</Text></Group>
      {report.auto_fail && <Alert color="red" variant="light" mb="sm">{failed?.title ?? report.auto_fail}: {t('call.autoFail')}</Alert>}
      {report.sections?.map((s) => (
        <section key={s.id} className="report-section">
          <Group justify="space-between"><h3>{s.title}</h3><Score value={s.score} /></Group>
          {s.items.map((i) => <Item key={i.id} item={i} onJump={onJump} />)}
        </section>
      ))}
    </div>
  );
}

function Item({ item, onJump }: { item: ReportItem; onJump: (at: number) => void }) {
  const { t } = useTranslation();
  return (
    <div className="report-item">
      <Badge variant="light" color={colors[item.verdict]} className="report-verdict"><span aria-hidden>{signs[item.verdict]} </span>{t(`call.verdict.${item.verdict}`)}</Badge>
      <div>
        <Text fw={600} size="sm">{item.title}</Text>
        <Text size="sm" c="dimmed">{item.why}{item.source && ` (${t('card.source')}: ${item.source})`}</Text>
        {item.evidence?.map((e, n) => (
          <UnstyledButton key={n} className="evidence" onClick={() => onJump(e.at)} aria-label={t('call.jump', { at: clock(e.at) })}>
            <span className="turn-at">▶ {clock(e.at)}</span> <b>{t(`party.${e.party}`)}:</b> “{e.quote}”
          </UnstyledButton>
        ))}
      </div>
    </div>
  );
}
