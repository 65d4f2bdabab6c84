import { expect, test } from 'vitest';
import type { Conversation, Page } from '@/api/types';
import { belongs } from './filters';
import { compareTimes, hold, place } from './order';

const at = (id: string, minute: number, more: Partial<Conversation> = {}) =>
  ({
    id,
    last_message_at: `2026-01-01T10:${String(minute).padStart(2, '0')}:00+00:00`,
    status: 'open',
    is_read: true,
    snoozed_until: null,
    ...more,
  }) as Conversation;
const page = (items: Conversation[], next_cursor: string | null = null): Page<Conversation> => ({ items, next_cursor });
const ids = (pages: Page<Conversation>[]) => pages.map((one) => one.items.map((item) => item.id).join(''));

test('a changed conversation moves to where its last message puts it', () => {
  const pages = [page([at('a', 9), at('b', 8)], 'x'), page([at('c', 7), at('d', 6)])];
  expect(ids(place(pages, at('d', 10), true))).toEqual(['dab', 'c']);
  expect(ids(place(pages, at('b', 5), true))).toEqual(['a', 'cdb']);
});

test('what belongs further down than is loaded is left to its page', () => {
  const pages = [page([at('a', 9), at('b', 8)], 'more')];
  expect(ids(place(pages, at('z', 1), true))).toEqual(['ab']);
  expect(ids(place([page([at('a', 9)])], at('z', 1), true))).toEqual(['az']);
});

test('what no longer belongs leaves, and pages it was not in stay the same objects', () => {
  const pages = [page([at('a', 9)], 'x'), page([at('b', 8)])];
  const next = place(pages, at('b', 8), false);
  expect(ids(next)).toEqual(['a', '']);
  expect(next[0]).toBe(pages[0]);
});

test('an empty list takes its first conversation', () => {
  expect(ids(place([page([])], at('a', 1), true))).toEqual(['a']);
});

test('microseconds decide when milliseconds are the same', () => {
  expect(compareTimes('2026-01-01T10:00:00.123456+00:00', '2026-01-01T10:00:00.1234+00:00')).toBeGreaterThan(0);
  expect(compareTimes('2026-01-01T10:00:00+00:00', '2026-01-01T11:00:00+01:00')).not.toBeNaN();
});

test('while rows are held they keep their places, new ones come on top, further ones at the end', () => {
  expect(hold(['a', 'b', 'c'], ['c', 'n', 'a', 'b', 'd'])).toEqual(['n', 'a', 'b', 'c', 'd']);
  expect(hold(['a', 'b'], ['b'])).toEqual(['b']);
  expect(hold([], ['a', 'b'])).toEqual(['a', 'b']);
});

test('the page puts a conversation into the same views as the server', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const snoozed = at('a', 1, { snoozed_until: '2026-01-01T13:00:00Z' });
  expect(belongs(snoozed, { view: 'open' }, now)).toBe(false);
  expect(belongs(snoozed, { view: 'snoozed' }, now)).toBe(true);
  expect(belongs(snoozed, { view: 'open' }, now + 2 * 3_600_000)).toBe(true);
  expect(belongs(at('a', 1, { is_read: false, status: 'closed' }), { view: 'unread' }, now)).toBe(true);
  expect(belongs(at('a', 1, { integration_id: 'x' }), { view: 'all', integration: 'y' }, now)).toBe(false);
});

test('what somebody takes care of leaves the view of what nobody has', () => {
  const free = at('a', 1, { assigned_user_id: null, assigned_team_id: null });
  expect(belongs(free, { view: 'unassigned' })).toBe(true);
  expect(belongs({ ...free, assigned_team_id: 't' }, { view: 'unassigned' })).toBe(false);
  expect(belongs({ ...free, assigned_user_id: 'u' }, { view: 'unassigned' })).toBe(false);
  expect(belongs(free, { view: 'mine' })).toBe(false);
  expect(belongs({ ...free, status: 'closed' }, { view: 'unassigned' })).toBe(false);
});
