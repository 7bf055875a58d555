import { useTranslation } from 'react-i18next';
import type { Link } from '../live';

const known = ['hearing', 'meaning', 'voice', 'recording', 'store', 'stress', 'coach'] as const;

// Notices says in plain words what is not working, and that the call is fine.
export function Notices({ off, link, muted, why }: { off: Record<string, string>; link: Link; muted?: boolean; why?: boolean }) {
  const { t } = useTranslation();
  const names = Object.keys(off);
  const lost = link === 'lost';
  if (names.length === 0 && !lost && !muted) return null;
  const said = [
    ...(lost ? [t('link.lost')] : []),
    ...(muted ? [t('desk.muted')] : []),
    ...names.map((n) => `${known.includes(n as (typeof known)[number]) ? t(`part.${n as (typeof known)[number]}`) : t('part.other', { name: n })}${t('part.stop')}${why && off[n] ? ` ${t('part.why', { why: off[n] })}${t('part.stop')}` : ''}`),
  ].join(' ');
  return (
    <p role="status" className={`notice${lost || names.length > 0 ? '' : ' mild'}`} title={said}>
      {said} {(lost || names.length > 0) && <b>{t('part.callOk')}</b>}
    </p>
  );
}
