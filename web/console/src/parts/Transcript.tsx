import { Box, Text, UnstyledButton } from '@mantine/core';
import { memo, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clock } from '../format';
import type { Line } from '../log';

interface RowProps {
  line: Line;
  me: boolean; // the reader is this call's agent
  active?: boolean;
  onSeek?: ((at: number) => void) | undefined;
}

// One turn. Settled words keep their place; words still being heard are lighter.
const Row = memo(function Row({ line, me, active, onSeek }: RowProps) {
  const { t } = useTranslation();
  const name = me && line.party === 'agent' ? t('party.you') : t(`party.${line.party}`);
  const body = line.settled ? <Words line={line} marked={Boolean(onSeek)} /> : (
    <>{line.stable}<span className="unsettled">{line.text.slice(line.stable.length)}</span></>
  );
  return (
    <li className={`turn ${line.party}${active ? ' active' : ''}`} aria-current={active || undefined}>
      <span className="turn-who">
        {name}
        {onSeek ? <UnstyledButton className="turn-at" onClick={() => onSeek(line.start)} aria-label={t('call.jump', { at: clock(line.start) })}>{clock(line.start)}</UnstyledButton>
          : <span className="turn-at">{clock(line.start)}</span>}
      </span>
      <p className="turn-text" onClick={onSeek && (() => onSeek(line.start))}>{body}</p>
    </li>
  );
});

// In a finished call, words heard with little certainty are faint.
function Words({ line, marked }: { line: Line; marked: boolean }) {
  const shaky = line.words.filter((w) => w.confidence > 0 && w.confidence < 0.5);
  if (!marked || shaky.length === 0 || line.words.map((w) => w.text).join(' ') !== line.text) return line.text;
  return line.words.map((w, i) => (
    <span key={i} className={w.confidence > 0 && w.confidence < 0.5 ? 'shaky' : undefined}>{i > 0 && ' '}{w.text}</span>
  ));
}

interface Props {
  lines: Line[];
  me?: boolean;
  live?: boolean; // stay with the newest words until the reader scrolls away
  active?: number; // index of the line the player is at
  onSeek?: (at: number) => void;
  empty: string;
}

export function Transcript({ lines, me = false, live = false, active = -1, onSeek, empty }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const last = lines.at(-1);
  useEffect(() => {
    const el = box.current;
    if (el && live && !away) el.scrollTop = el.scrollHeight;
  }, [live, away, lines.length, last?.text]);
  useEffect(() => {
    const el = box.current?.querySelector<HTMLElement>('.turn.active');
    const frame = box.current;
    if (!el || !frame) return;
    const top = el.offsetTop - frame.offsetTop;
    if (top < frame.scrollTop || top + el.offsetHeight > frame.scrollTop + frame.clientHeight) {
      frame.scrollTop = top - frame.clientHeight / 3;
    }
  }, [active]);
  const onScroll = () => {
    const el = box.current;
    if (el && live) setAway(el.scrollHeight - el.scrollTop - el.clientHeight > 60);
  };
  return (
    <Box className="transcript">
      <div ref={box} className="transcript-scroll" onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={t('call.transcript')}>
        {lines.length === 0 ? <Text c="dimmed" p="md">{empty}</Text> : (
          <ol className="turns">
            {lines.map((l, i) => <Row key={l.key} line={l} me={me} active={i === active} onSeek={onSeek} />)}
          </ol>
        )}
      </div>
      {away && <UnstyledButton className="newest" onClick={() => setAway(false)}>{t('desk.newest')}</UnstyledButton>}
    </Box>
  );
}
