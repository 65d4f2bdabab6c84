import { expect, test } from 'vitest';
import { daysOf, isType } from './data';

test('a stretch of time is said in days', () => {
  const now = new Date('2026-03-01T10:00:00Z');
  expect(daysOf('', now)).toEqual({});
  expect(daysOf('week', now)).toEqual({ after: '2026-02-22' });
  expect(daysOf('month', now)).toEqual({ after: '2026-01-30' });
  expect(daysOf('year', now)).toEqual({ after: '2025-03-01' });
  expect(daysOf('older', now)).toEqual({ before: '2025-03-01' });
  expect(daysOf('nonsense', now)).toEqual({});
});

test('only the kinds there are can be asked for', () => {
  expect(isType('messages')).toBe(true);
  expect(isType('toString')).toBe(false);
});
