import { expect, test } from 'vitest';
import type { Message } from '@/api/types';
import { firstUnreadOf, KEPT, MOST, put, type Stretch, type Thread, trim, type Where } from './stretches';

const message = (id: string, at: string, more: Partial<Message> = {}) =>
  ({ id, occurred_at: at, direction: 'inbound', author: 'contact', type: 'text', content: id, ...more }) as Message;
const mine = { direction: 'outbound', author: 'user:me' };

test('the first unread one is counted from the end, among what the customer wrote', () => {
  const messages = [
    message('a', '1'),
    message('b', '2', mine),
    message('c', '3'),
    message('d', '4', mine),
    message('e', '5'),
  ];
  expect(firstUnreadOf(messages, 2)).toBe('c');
  expect(firstUnreadOf(messages, 99)).toBe('a');
  expect(firstUnreadOf(messages, 99, false)).toBeUndefined(); // more may be unread than what is here
  expect(firstUnreadOf(messages, 3, false)).toBe('a');
  expect(firstUnreadOf(messages, 0)).toBeUndefined();
});

const past: Where = { kind: 'older', cursor: 'older' };
const stretch = (items: Message[], newer: Where | null = null, older: Where | null = past): Stretch => ({
  items,
  newer,
  older,
});
const times = (pages: Stretch[]) => pages.map((page) => page.items.map((item) => item.id).join(''));

test('a new message goes to the end, in the order of the providers’ times', () => {
  const pages = [stretch([message('a', '2026-01-05T10:00:00Z'), message('c', '2026-01-05T10:02:00Z')])];
  expect(times(put(pages, message('d', '2026-01-05T10:03:00Z')))).toEqual(['acd']);
  expect(times(put(pages, message('b', '2026-01-05T10:01:00Z')))).toEqual(['abc']);
});

test('what is older than all that is loaded waits for its own page, unless there is none', () => {
  const old = message('0', '2026-01-01T10:00:00Z');
  expect(times(put([stretch([message('a', '2026-01-05T10:00:00Z')])], old))).toEqual(['a']);
  expect(times(put([stretch([message('a', '2026-01-05T10:00:00Z')], null, null)], old))).toEqual(['0a']);
});

test('a stretch in the past takes no new message, but changes those it has', () => {
  const pages = [stretch([message('a', '2026-01-05T10:00:00Z')], { kind: 'newer', cursor: 'newer' })];
  expect(put(pages, message('z', '2026-01-06T10:00:00Z'))).toBe(pages);
  expect(put(pages, message('a', '2026-01-05T10:00:00Z', { content: 'edited' }))[0]?.items[0]?.content).toBe('edited');
});

const minute = 60_000;
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => message(`m${from + n}`, new Date(minute * (from + n)).toISOString()));
const grown = (): Thread => ({
  pages: [stretch(many(300)), stretch(many(MOST, 300), null, null)],
  pageParams: [past, { kind: 'latest', unread: 0 }],
});
const idsOf = (data: Thread) => data.pages.flatMap((page) => page.items.map((item) => item.id));

test('a thread that has grown too long keeps its end, and can be read back from there', () => {
  const data = trim(grown(), undefined);
  expect(idsOf(data)).toHaveLength(KEPT);
  expect(idsOf(data).at(-1)).toBe(`m${MOST + 299}`);
  expect(data.pages[0]?.older).toEqual({ kind: 'before', message: `m${MOST + 300 - KEPT}` });
  expect(data.pages.at(-1)?.newer).toBeNull();
  expect(data.pageParams).toHaveLength(data.pages.length);
});

test('somebody who reads far back keeps their place, and the way to now', () => {
  const data = trim(grown(), 'm310');
  const ids = idsOf(data);
  expect(ids).toContain('m310');
  expect(ids.length).toBeLessThanOrEqual(KEPT);
  expect(data.pages.map((page) => page.items.length)).toEqual([190, 210]);
  expect(data.pages[0]?.older).toEqual({ kind: 'before', message: ids[0] });
  expect(data.pages.at(-1)?.newer).toEqual({ kind: 'after', message: ids.at(-1) });
});

test('a thread that is not too long stays as it is', () => {
  const data: Thread = { pages: [stretch(many(MOST))], pageParams: [past] };
  expect(trim(data, undefined)).toBe(data);
});
