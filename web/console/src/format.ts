// Numbers and times as people read them.

// clock writes seconds as m:ss or h:mm:ss.
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const mm = Math.floor(s / 60) % 60;
  const ss = String(s % 60).padStart(2, '0');
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${String(mm).padStart(2, '0')}:${ss}` : `${mm}:${ss}`;
}

// when writes a wall time short: only the time today, with the day otherwise.
export function when(iso: string, language: string, now = new Date()): string {
  const d = new Date(iso);
  const today = d.toDateString() === now.toDateString();
  return d.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', {
    hour: '2-digit', minute: '2-digit', ...(today ? {} : { day: 'numeric', month: 'short' }),
    ...(d.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  });
}

// who shortens a SIP address to the part a person knows.
export function who(address: string): string {
  const bare = address.replace(/^sips?:/i, '').replace(/;.*$/, '');
  const user = bare.split('@')[0] ?? bare;
  return user || bare || '–';
}

// plain turns an id like "refund-refused" into words.
export function plain(id: string): string {
  const s = id.replace(/[-_.]+/g, ' ').trim();
  return s.charAt(0).toUpperCase() + s.slice(1);
}

export type MoodWord = 'low' | 'mid' | 'high' | 'none';

// moodWord names a score the way the curve's colours do.
export function moodWord(value: number | null | undefined): MoodWord {
  if (value === null || value === undefined) return 'none';
  return value < 0.4 ? 'low' : value < 0.65 ? 'mid' : 'high';
}
