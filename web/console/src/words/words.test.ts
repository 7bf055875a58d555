import { expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';

type Tree = { [k: string]: string | Tree };
function flat(t: Tree, path = ''): [string, string][] {
  return Object.entries(t).flatMap(([k, v]) => (typeof v === 'string' ? [[`${path}${k}`, v] as [string, string]] : flat(v, `${path}${k}.`)));
}
const holes = (s: string) => [...s.matchAll(/{{(\w+)}}/g)].map((m) => m[1]).sort().join();

it('has every sentence in both languages, with the same blanks', () => {
  const a = flat(en), b = new Map(flat(zh));
  expect([...b.keys()].sort()).toEqual(a.map(([k]) => k).sort());
  for (const [k, v] of a) {
    // “1 call” needs no number in Chinese grammar, but names it all the same.
    if (!k.endsWith('_one')) expect(`${k} ${holes(b.get(k)!)}`).toBe(`${k} ${holes(v)}`);
    if (v !== '') expect(b.get(k)).not.toBe('');
  }
});

it('says nothing an agent would have to look up', () => {
  const jargon = /\b(moment id|SSRC|RTP|VAD|ASR|websocket|payload|null|undefined)\b/i;
  for (const [k, v] of flat(en)) expect(`${k}: ${v}`).not.toMatch(jargon);
});
