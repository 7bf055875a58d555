import { expect, it } from 'vitest';
import { mergeBoard, retryAfter } from './live';
import type { Call } from './types';

const c = (id: string, state = 'live') => ({ id, state }) as Call;

it('waits longer each time, not when it was only slow', () => {
  expect([0, 1, 2, 10].map((n) => retryAfter(n, 1006))).toEqual([400, 800, 1600, 8000]);
  expect(retryAfter(3, 4008)).toBe(0);
});

it('keeps rows in place', () => {
  let board = mergeBoard([], { calls: [c('a'), c('b')], gone: [], full: true });
  board = mergeBoard(board, { calls: [c('b', 'ringing'), c('d')], gone: [] });
  expect(board).toEqual([c('a'), c('b', 'ringing'), c('d')]);
  board = mergeBoard(board, { calls: [], gone: ['a'] });
  expect(board.map((x) => x.id)).toEqual(['b', 'd']);
  expect(mergeBoard(board, { calls: [c('z')], gone: [], full: true })).toEqual([c('z')]);
});
