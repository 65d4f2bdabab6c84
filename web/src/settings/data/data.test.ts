import { expect, test } from 'vitest';
import { filterName, readFilters, shortId, writeFilters } from './data';

test('filters come back from the address as they went', () => {
  const filters = ['name.contains.a, b. c', 'id.eq.1'];
  expect(readFilters(writeFilters(filters))).toEqual(filters);
  expect(readFilters('')).toEqual([]);
  expect(writeFilters(['a.null', 'a.null'])).toBe('a.null');
});

test('a filter is said in words, dots in its value and all', () => {
  expect(filterName('created_at.gt.2026-01-01 10:00:00.5')).toBe('created_at above 2026-01-01 10:00:00.5');
  expect(filterName('edited_at.null')).toBe('edited_at is empty');
});

test('ids are told apart by their end', () => {
  expect(shortId('01a1fe89-2326-7032-8b0d-fc1de74d5080')).toBe('…e74d5080');
});
