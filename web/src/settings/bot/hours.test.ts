import { expect, test } from 'vitest';
import { readHours, writeHours } from './hours';

test('Hours are read as they are written', () => {
  const text = 'mon tue 09:00-18:00\n22:00-06:00';
  expect(writeHours(readHours(text) ?? null)).toBe(text);
  expect(readHours(' \n')).toBeNull();
});

test('A line that is no stretch of time is not guessed at', () => {
  expect(readHours('someday 9-5')).toBeUndefined();
});
