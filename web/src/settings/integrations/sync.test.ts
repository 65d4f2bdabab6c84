import { expect, test } from 'vitest';
import type { Sync } from '@/api/types';
import { about, progressOf } from './sync';

const start = Date.parse('2026-01-05T10:00:00Z');
const sync = (part: Partial<Sync>) =>
  ({ started_at: '2026-01-05T10:00:00Z', chats_to_sync: 0, chats_done: 0, messages_fetched: 0, ...part }) as Sync;

test('progress has a rate and a time left once there is something to measure', () => {
  expect(progressOf(sync({}), start + 5000)).toEqual({ perSecond: 0 });
  const half = progressOf(sync({ chats_to_sync: 200, chats_done: 50, messages_fetched: 5000 }), start + 10_000);
  expect(half).toEqual({ part: 0.25, perSecond: 500, secondsLeft: 30 });
  expect(progressOf(sync({ chats_to_sync: 200 }), start + 10_000).secondsLeft).toBeUndefined();
});

test('a clock that is behind breaks nothing', () => {
  expect(progressOf(sync({ chats_to_sync: 2, chats_done: 1, messages_fetched: 9 }), start - 60_000)).toEqual({
    part: 0.5,
    perSecond: 9,
    secondsLeft: 1,
  });
});

test('the time left is said as roughly as it is known', () => {
  expect([2, 31, 170, 7300].map(about)).toEqual(['a moment', 'about 35 s', 'about 3 min', 'about 2 h']);
});
