import { expect, test } from 'vitest';
import type { Conversation } from '@/api/types';
import { undoOf } from './bulk';
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

const conversation = (id: string, part: Partial<Conversation>) =>
  ({ id, status: 'open', is_read: true, snoozed_until: null, ...part }) as Conversation;

test('taking back brings each to where it was, and leaves alone what was so already', () => {
  const all = [
    conversation('a', {}),
    conversation('b', { status: 'archived' }),
    conversation('c', { status: 'closed' }),
    conversation('d', {}),
  ];
  expect(undoOf(all, { kind: 'close' })).toEqual([
    { change: { kind: 'reopen' }, ids: ['a', 'd'] },
    { change: { kind: 'archive' }, ids: ['b'] },
  ]);
  expect(undoOf([conversation('a', { is_read: false }), conversation('b', {})], { kind: 'read' })).toEqual([
    { change: { kind: 'unread' }, ids: ['a'] },
  ]);
});

test('a snooze is taken back to the one before it', () => {
  const before = '2999-01-01T09:00:00Z';
  const all = [conversation('a', {}), conversation('b', { snoozed_until: before })];
  expect(undoOf(all, { kind: 'snooze', until: new Date('2999-02-01T00:00:00Z') })).toEqual([
    { change: { kind: 'wake' }, ids: ['a'] },
    { change: { kind: 'snooze', until: new Date(before) }, ids: ['b'] },
  ]);
});
