import { expect, it } from 'vitest';
import { clock, moodWord, plain, when, who } from './format';

it('writes times, addresses and ids for people', () => {
  expect([0, 9.9, 61, 3661, -3].map(clock)).toEqual(['0:00', '0:09', '1:01', '1:01:01', '0:00']);
  expect(['sip:mei@10.0.0.7:5060;transport=udp', '+4930123', '', 'anonymous@x'].map(who)).toEqual(['mei', '+4930123', '–', 'anonymous']);
  expect([plain('refund-refused'), plain('x')]).toEqual(['Refund refused', 'X']);
  expect([0.1, 0.5, 0.9, null].map(moodWord)).toEqual(['low', 'mid', 'high', 'none']);
  expect(when('2026-03-02T12:05:00', 'en', new Date('2026-03-02T18:00:00'))).toBe('12:05');
  expect(when('2026-03-01T12:05:00', 'en', new Date('2026-03-02T18:00:00'))).toContain('1 Mar');
});
