import { Badge, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { clock } from '../format';
import type { Card } from '../log';
import type { Verdict } from '../types';
import { Key } from './Key';

interface Props {
  card: Card | undefined;
  at: number; // where the call is
  waiting: number;
  stepsOpen: boolean;
  onSteps: () => void;
  onAnswer?: ((v: Verdict) => void) | undefined; // absent: the reader only watches
  onShow: () => void;
}

// Tip is the one large card. Its place and size never change, whatever it holds.
export function Tip({ card, at, waiting, stepsOpen, onSteps, onAnswer, onShow }: Props) {
  const { t } = useTranslation();
  if (!card) {
    return (
      <section className="tip quiet" aria-live="polite">
        <div><Text fw={600} size="lg">{t('card.none')}</Text><Text c="dimmed">{t('card.noneLead')}</Text></div>
      </section>
    );
  }
  const stale = Boolean(card.verdict) || (card.expires > 0 && at > card.expires);
  const steps = card.steps ?? [];
  return (
    <section key={card.id} className={`tip${stale ? ' stale' : ''}${card.urgent ? ' urgent' : ''}`} aria-live="polite" data-testid="tip">
      <div className="tip-body">
        <div className="tip-words">
          <Group gap={6} mih={22}>
            {card.urgent && !stale && <Badge color="orange" variant="light">{t('card.urgent')}</Badge>}
            {card.private && <Badge color="grape" variant="light">{t('card.private')}</Badge>}
            {card.verdict && <Badge color="gray" variant="light">{t(`card.verdict.${card.verdict}`)}</Badge>}
            {!card.verdict && stale && <Badge color="gray" variant="light">{t('card.expired')}</Badge>}
          </Group>
          <p className="tip-line">{card.line}</p>
          {card.quote && <p className="tip-quote"><span>{t('card.heard', { at: clock(card.quote_at) })}</span> “{card.quote}”</p>}
          {card.source && <p className="tip-source"><b>{t('card.source')}:</b> {card.source}</p>}
        </div>
        {stepsOpen && steps.length > 0 && <ol className="tip-steps">{steps.map((s, i) => <li key={i}>{s}</li>)}</ol>}
      </div>
      <Group gap="xs" className="tip-keys">
        {onAnswer && (['accepted', 'dismissed', 'later'] as const).map((v) => (
          <Button key={v} size="sm" variant={v === 'accepted' ? 'filled' : 'default'} disabled={card.verdict === v || (Boolean(card.verdict) && card.verdict !== 'later')}
            rightSection={<Key of={{ accepted: 'A', dismissed: 'D', later: 'L' }[v]} />} onClick={() => onAnswer(v)}>
            {t(({ accepted: 'card.accept', dismissed: 'card.dismiss', later: 'card.later' } as const)[v])}
          </Button>
        ))}
        {steps.length > 0 && <Button size="sm" variant="light" aria-expanded={stepsOpen} rightSection={<Key of="S" />} onClick={onSteps}>{stepsOpen ? t('card.hideSteps') : t('card.steps')}</Button>}
        {waiting > 0 && <Button size="sm" variant="subtle" ml="auto" rightSection={<Key of="N" />} onClick={onShow}>{t('card.waiting', { count: waiting })}</Button>}
      </Group>
    </section>
  );
}
