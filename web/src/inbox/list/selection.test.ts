import { expect, test } from 'vitest';
import { choose } from './selection';

const order = ['a', 'b', 'c', 'd', 'e'];
const chosen = (ids: Set<string>) => [...ids].sort().join('');

test('a row comes and goes, and a range comes as a whole in both directions', () => {
  const one = choose(new Set(), 'd', { order });
  expect(chosen(one)).toBe('d');
  expect(chosen(choose(one, 'd', { order }))).toBe('');
  expect(chosen(choose(one, 'b', { order, from: 'd' }))).toBe('bcd');
  expect(chosen(choose(new Set(['a']), 'e', { order, from: 'c' }))).toBe('acde');
  expect(chosen(choose(new Set(), 'b', { order, from: 'gone' }))).toBe('b');
});
