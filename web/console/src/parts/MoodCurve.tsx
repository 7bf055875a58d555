import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { clock } from '../format';
import type { MoodPoint } from '../log';

interface Props {
  points: MoodPoint[];
  height: number;
  label: string;
  calm: string;
  tense: string;
  span?: number; // seconds the axis covers; default: what there is, at least a minute
  now?: number; // where the player is
  onSeek?: (at: number) => void;
}

// MoodCurve draws one voice's tension, 0 to 1, against its own calm.
export function MoodCurve({ points, height, label, calm, tense, span, now, onSeek }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const nowRef = useRef(now);
  const seek = useRef(onSeek);
  const end = useRef(60);
  nowRef.current = now;
  seek.current = onSeek;
  const dark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    const el = box.current!;
    const ink = dark ? '#c1c2c5' : '#495057';
    const faint = dark ? '#373a40' : '#e9ecef';
    const u = new uPlot(
      {
        width: Math.max(el.clientWidth, 50), height, legend: { show: false }, padding: [6, 18, 0, 0],
        cursor: { x: Boolean(seek.current), y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: () => [0, end.current] }, y: { range: [0, 1] } },
        axes: [
          { stroke: ink, grid: { show: false }, ticks: { show: false }, size: 22, font: '11px system-ui', values: (_, v) => v.map((x) => clock(x)) },
          { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { show: false }, size: 52, font: '11px system-ui', splits: [0, 0.5, 1], values: (_, v) => v.map((x) => (x === 0 ? calm : x === 1 ? tense : '')) },
        ],
        series: [{}, { stroke: dark ? '#66d9e8' : '#0b7285', width: 2, spanGaps: false, points: { show: false }, fill: dark ? 'rgba(102,217,232,.12)' : 'rgba(11,114,133,.10)' }],
        hooks: {
          draw: [(p) => {
            if (nowRef.current === undefined) return;
            const x = p.valToPos(nowRef.current, 'x', true);
            p.ctx.fillStyle = dark ? '#ffd43b' : '#862e9c';
            p.ctx.fillRect(x - 1, p.bbox.top, 2, p.bbox.height);
          }],
          ready: [(p) => p.over.addEventListener('click', () => seek.current?.(p.posToVal(p.cursor.left ?? 0, 'x')))],
        },
      },
      [[], []],
      el,
    );
    plot.current = u;
    const sized = new ResizeObserver(() => u.setSize({ width: Math.max(el.clientWidth, 50), height }));
    sized.observe(el);
    return () => { sized.disconnect(); u.destroy(); plot.current = null; };
  }, [height, dark, calm, tense]);
  useEffect(() => {
    end.current = span ?? Math.max(60, points.at(-1)?.at ?? 0);
    plot.current?.setData([points.map((p) => p.at), points.map((p) => p.value)]);
  }, [points, span, dark, height, calm, tense]);
  useEffect(() => { plot.current?.redraw(false); }, [now]);
  return <div ref={box} className="mood" role="img" aria-label={label} style={{ height }} />;
}
