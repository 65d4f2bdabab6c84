import { expect, test } from 'vitest';
import type { Message } from '@/api/types';
import type { Outgoing } from '../state/outbox';
import { put, type Stretch } from '../state/threads';
import { firstUnreadOf, rowsOf, withoutTwins } from './rows';

const message = (id: string, at: string, more: Partial<Message> = {}) =>
  ({
    id,
    occurred_at: at,
    created_at: at,
    direction: 'inbound',
    author: 'contact',
    type: 'text',
    content: id,
    ...more,
  }) as Message;
const mine = { direction: 'outbound', author: 'user:me' };
const shape = (messages: Message[], first?: string) =>
  rowsOf(messages, [], first).map((row) =>
    row.kind === 'message' ? `${row.isFirst ? '[' : ''}${row.key}${row.isLast ? ']' : ''}` : row.kind,
  );

test('messages of one author close together are one group', () => {
  expect(
    shape([
      message('a', '2026-01-05T10:00:00Z'),
      message('b', '2026-01-05T10:01:00Z'),
      message('c', '2026-01-05T10:02:00Z', mine),
      message('d', '2026-01-05T10:20:00Z', mine),
    ]),
  ).toEqual(['day', '[a', 'b]', '[c]', '[d]']);
});

test('a day ends a group, and so does the line of new messages', () => {
  expect(shape([message('a', '2026-01-05T10:00:00Z'), message('b', '2026-01-07T10:00:00Z')])).toEqual([
    'day',
    '[a]',
    'day',
    '[b]',
  ]);
  expect(shape([message('a', '2026-01-05T10:00:00Z'), message('b', '2026-01-05T10:00:30Z')], 'b')).toEqual([
    'day',
    '[a]',
    'new',
    '[b]',
  ]);
});

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
  expect(firstUnreadOf(messages, 0)).toBeUndefined();
});

test('a message that the stream told of before its post was answered is not shown twice', () => {
  const entry = { key: 'k', at: '2026-01-05T10:00:00Z', body: { type: 'text', content: 'hello' } } as Outgoing;
  const twin = message('x', '2026-01-05T10:00:01Z', { ...mine, content: 'hello' });
  const earlier = message('w', '2026-01-05T09:00:00Z', { ...mine, content: 'hello' });
  expect(withoutTwins([earlier, twin], [entry], 'user:me').map((one) => one.id)).toEqual(['w']);
  expect(withoutTwins([twin], [entry], 'user:other')).toHaveLength(1);
  expect(withoutTwins([twin], [], 'user:me')).toHaveLength(1);
});

const stretch = (items: Message[], newer: string | null = null, older: string | null = 'older'): Stretch => ({
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
  const pages = [stretch([message('a', '2026-01-05T10:00:00Z')], 'newer')];
  expect(put(pages, message('z', '2026-01-06T10:00:00Z'))).toBe(pages);
  expect(put(pages, message('a', '2026-01-05T10:00:00Z', { content: 'edited' }))[0]?.items[0]?.content).toBe('edited');
});
