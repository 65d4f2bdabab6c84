import { expect, test } from 'vitest';
import { filterName, readFilters, writeFilters } from './data';

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
