import { expect, test } from 'vitest';
import { duration, lastDays, perDay, roundUp } from './data';

test('a period ends with today in its time zone', () => {
  const now = new Date('2026-03-10T23:30:00Z');
  expect(lastDays(7, 'UTC', now)).toEqual({ from: '2026-03-04', to: '2026-03-10' });
  expect(lastDays(1, 'Asia/Tokyo', now)).toEqual({ from: '2026-03-11', to: '2026-03-11' });
});

test('days on which nothing was said are there, and channels are added up', () => {
  const period = { from: '2026-02-27', to: '2026-03-01', time_zone: 'UTC', counted_until: null };
  const days = [
    { day: '2026-02-28', channel: 'sms', received: 1, sent: 2 },
    { day: '2026-02-28', channel: 'whatsapp', received: 3, sent: 0 },
  ];
  expect(perDay({ period, days })).toEqual([
    { day: '2026-02-27', received: 0, sent: 0 },
    { day: '2026-02-28', received: 4, sent: 2 },
    { day: '2026-03-01', received: 0, sent: 0 },
  ]);
});

test('durations are said as people say them', () => {
  expect([null, 0, 59, 61, 3600, 12_000, 86_400, 190_800].map(duration)).toEqual([
    '–',
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '3 h 20 min',
    '1 d',
    '2 d 5 h',
  ]);
});

test('axes end at round numbers', () => {
  expect([0, 3, 7, 12, 60, 200, 501].map(roundUp)).toEqual([1, 3, 10, 20, 100, 200, 1000]);
});
