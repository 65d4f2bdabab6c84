import { expect, test } from 'vitest';
import type { Message } from '@/api/types';
import type { Outgoing } from '../state/outbox';
import { rowsOf, withoutTwins } from './rows';

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

test('a message that the stream told of before its post was answered is not shown twice', () => {
  const entry = { key: 'k', at: '2026-01-05T10:00:00Z', body: { type: 'text', content: 'hello' } } as Outgoing;
  const twin = message('x', '2026-01-05T10:00:01Z', { ...mine, content: 'hello' });
  const earlier = message('w', '2026-01-05T09:00:00Z', { ...mine, content: 'hello' });
  expect(withoutTwins([earlier, twin], [entry], 'user:me').map((one) => one.id)).toEqual(['w']);
  expect(withoutTwins([twin], [entry], 'user:other')).toHaveLength(1);
  expect(withoutTwins([twin], [], 'user:me')).toHaveLength(1);
});
