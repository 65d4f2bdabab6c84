import { expect, test } from 'vitest';
import { fromField, snoozeTimes, toField } from './snooze';

test('a time goes into its field and comes back as the same', () => {
  const time = new Date(2026, 2, 9, 7, 5);
  expect(toField(time)).toBe('2026-03-09T07:05');
  expect(fromField(toField(time), 0)).toEqual(time);
});

test('what is no time, or has passed, is none', () => {
  expect(fromField('')).toBeUndefined();
  expect(fromField('2020-01-01T00:00', new Date(2020, 0, 2).getTime())).toBeUndefined();
});

test('Monday is the next one, also on a Monday', () => {
  const monday = new Date(2026, 2, 9, 10, 0);
  expect(snoozeTimes(monday).at(-1)?.until).toEqual(new Date(2026, 2, 16, 9, 0));
});
