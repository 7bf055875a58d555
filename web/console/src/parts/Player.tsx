import { ActionIcon, Group, Loader, SegmentedControl, Text, useComputedColorScheme } from '@mantine/core';
import { forwardRef, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import WaveSurfer from 'wavesurfer.js';
import Regions from 'wavesurfer.js/dist/plugins/regions.esm.js';
import { clock } from '../format';
import { nonce } from '../nonce';
import { useKeys } from './Key';

export interface Mark {
  at: number;
  until?: number | undefined;
  kind: 'tip' | 'whisper';
  title: string;
}

export interface PlayerHandle {
  seek: (at: number, play?: boolean) => void;
}

interface Props {
  url: string;
  marks: Mark[];
  onTime: (at: number) => void;
}

// Player plays the recording: customer above, agent below, with tips and
// whispers marked where they were given.
export const Player = forwardRef<PlayerHandle, Props>(function Player({ url, marks, onTime }, ref) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer>(null);
  const regions = useRef<Regions>(null);
  const tell = useRef(onTime);
  tell.current = onTime;
  const [state, setState] = useState<'loading' | 'ready' | 'absent'>('loading');
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  const [speed, setSpeed] = useState('1');
  const dark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    setState('loading');
    const marksOn = Regions.create();
    const colors = dark ? { customer: '#74c0fc', agent: '#63e6be', past: '#f8f9fa' } : { customer: '#1c5d99', agent: '#087f5b', past: '#343a40' };
    const w = WaveSurfer.create({
      container: box.current!, url, cspNonce: nonce(), height: 44, normalize: true, barWidth: 2, barGap: 1, barRadius: 2,
      cursorColor: dark ? '#ffd43b' : '#862e9c', cursorWidth: 2, plugins: [marksOn],
      splitChannels: [{ waveColor: colors.customer, progressColor: colors.past }, { waveColor: colors.agent, progressColor: colors.past }],
    });
    wave.current = w;
    regions.current = marksOn;
    w.on('ready', (d) => { setState('ready'); setLength(d); });
    w.on('error', () => setState((s) => (s === 'loading' ? 'absent' : s)));
    w.on('play', () => setPlaying(true));
    w.on('pause', () => setPlaying(false));
    w.on('timeupdate', (s) => { setAt(s); tell.current(s); });
    return () => { wave.current = null; regions.current = null; w.destroy(); };
  }, [url, dark]);
  useEffect(() => {
    if (state !== 'ready') return;
    regions.current?.clearRegions();
    for (const m of marks) {
      regions.current?.addRegion({
        start: m.at, ...(m.until ? { end: m.until } : {}), drag: false, resize: false,
        color: m.kind === 'whisper' ? 'rgba(134,46,156,.28)' : 'rgba(230,119,0,.75)',
      }).element?.setAttribute('title', `${clock(m.at)} ${m.title}`);
    }
  }, [marks, state, dark]);
  const seek = (s: number) => wave.current?.setTime(Math.min(Math.max(s, 0), wave.current.getDuration()));
  useImperativeHandle(ref, () => ({
    seek: (s, play) => { seek(s); if (play) void wave.current?.play(); },
  }), []);
  const toggle = () => void wave.current?.playPause();
  useKeys({ Space: state === 'ready' ? toggle : undefined, ArrowLeft: () => seek(at - 5), ArrowRight: () => seek(at + 5) });
  if (state === 'absent') {
    return <div><Text fw={600}>{t('call.noRecording')}</Text><Text c="dimmed" size="sm">{t('call.noRecordingLead')}</Text></div>;
  }
  return (
    <div className="player">
      <Group wrap="nowrap" align="center" gap="md">
        <Group gap={4} wrap="nowrap">
          <ActionIcon variant="default" size="lg" aria-label={t('call.back5')} onClick={() => seek(at - 5)} disabled={state !== 'ready'}>−5</ActionIcon>
          <ActionIcon size={44} radius="xl" aria-label={playing ? t('call.pause') : t('call.play')} onClick={toggle} disabled={state !== 'ready'}>{playing ? <PauseSign /> : <PlaySign />}</ActionIcon>
          <ActionIcon variant="default" size="lg" aria-label={t('call.on5')} onClick={() => seek(at + 5)} disabled={state !== 'ready'}>+5</ActionIcon>
        </Group>
        <Text className="timer" w={110}>{clock(at)} / {clock(length)}</Text>
        <div className="wave" style={{ flex: 1 }}>
          {state === 'loading' && <Group gap="xs" className="wave-wait"><Loader size="xs" /><Text size="sm">{t('call.loadingAudio')}</Text></Group>}
          <div ref={box} />
          <span className="wave-label customer">{t('call.customerLeft')}</span>
          <span className="wave-label agent">{t('call.agentRight')}</span>
        </div>
        <SegmentedControl size="xs" aria-label={t('call.speed')} value={speed} data={['1', '1.5', '2'].map((v) => ({ value: v, label: `${v}×` }))}
          onChange={(v) => { setSpeed(v); wave.current?.setPlaybackRate(Number(v), true); }} />
      </Group>
    </div>
  );
});

const PlaySign = () => <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden><path d="M5 3l10 6-10 6z" fill="currentColor" /></svg>;
const PauseSign = () => <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden><path d="M4 3h4v12H4zM10 3h4v12h-4z" fill="currentColor" /></svg>;
