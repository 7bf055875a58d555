// Live connections that survive a bad line: they come back from the last event
// seen, a little later each time.
import { useEffect, useRef, useState } from 'react';
import { emptyView, fold, type View } from './log';
import type { Call, Event } from './types';

export type Link = 'connecting' | 'live' | 'lost' | 'over' | 'signed-out';

const CLOSE_OVER = 1000;
const CLOSE_TOO_SLOW = 4008;
const CLOSE_SIGNED_OUT = 4401;
// The server writes at least every 15 s; silence for longer is a dead line.
const SILENCE_MS = 40_000;

// retryAfter returns how long to wait before try n (0 is the first), in ms.
export function retryAfter(n: number, code: number): number {
  if (code === CLOSE_TOO_SLOW) return 0;
  return Math.min(8000, 400 * 2 ** n);
}

interface Handlers {
  path: () => string; // asked anew on each try, so that it can say where to go on
  onMessage: (data: unknown) => void;
  onLink: (link: Link) => void;
}

// connect keeps a WebSocket open until the returned function is called.
export function connect(h: Handlers): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let stopped = false;
  const open = () => {
    h.onLink(tries === 0 ? 'connecting' : 'lost');
    const url = new URL(h.path(), location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const s = new WebSocket(url);
    socket = s;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => s.close(), SILENCE_MS);
    };
    alive();
    s.onopen = () => h.onLink('live');
    s.onmessage = (m) => {
      tries = 0;
      alive();
      h.onMessage(JSON.parse(String(m.data)));
    };
    s.onclose = (c) => {
      clearTimeout(watchdog);
      if (stopped) return;
      if (c.code === CLOSE_OVER) return h.onLink('over');
      if (c.code === CLOSE_SIGNED_OUT) return h.onLink('signed-out');
      h.onLink('lost');
      timer = setTimeout(open, retryAfter(tries++, c.code));
    };
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(watchdog);
    socket?.close();
  };
}

// useCall follows one call, past and live. Events are gathered between frames,
// so that a burst costs one rendering.
export function useCall(id: string | undefined): { view: View; link: Link } {
  const [view, setView] = useState(emptyView);
  const [link, setLink] = useState<Link>('connecting');
  const next = useRef(1);
  useEffect(() => {
    setView(emptyView());
    next.current = 1;
    if (!id) return;
    let waiting: Event[] = [];
    let frame: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      frame = undefined;
      const events = waiting;
      waiting = [];
      setView((v) => fold(v, events));
    };
    const stop = connect({
      path: () => `/api/calls/${encodeURIComponent(id)}/live?from=${next.current}`,
      onLink: setLink,
      onMessage: (m) => {
        const { events } = m as { events: Event[] };
        if (events.length === 0) return;
        next.current = events[events.length - 1]!.seq + 1;
        waiting.push(...events);
        // Not requestAnimationFrame: a page in the background must keep up too.
        frame ??= setTimeout(flush, 30);
      },
    });
    return () => {
      stop();
      clearTimeout(frame);
    };
  }, [id]);
  return { view, link };
}

interface BoardMessage {
  calls: Call[];
  gone: string[];
  full?: boolean;
}

// mergeBoard keeps the order calls came in: rows must not jump.
export function mergeBoard(old: Call[], m: BoardMessage): Call[] {
  const kept = m.full ? [] : old.filter((c) => !m.gone.includes(c.id));
  const merged = kept.map((c) => m.calls.find((n) => n.id === c.id) ?? c);
  return [...merged, ...m.calls.filter((n) => !kept.some((c) => c.id === n.id))];
}

// useBoard follows every call the viewer may see.
export function useBoard(): { calls: Call[]; link: Link } {
  const [calls, setCalls] = useState<Call[]>([]);
  const [link, setLink] = useState<Link>('connecting');
  useEffect(
    () => connect({ path: () => '/api/live', onLink: setLink, onMessage: (m) => setCalls((old) => mergeBoard(old, m as BoardMessage)) }),
    [],
  );
  return { calls, link };
}
