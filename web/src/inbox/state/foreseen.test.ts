import { expect, test } from 'vitest';
import type { Conversation } from '@/api/types';
import { foresee, heard } from './foreseen';

let last = 0;
const fresh = () =>
  ({ id: `c${++last}`, status: 'open', is_read: false, unread_count: 2, updated_at: at(1) }) as Conversation;
const at = (minute: number) => `2026-01-01T10:${String(minute).padStart(2, '0')}:00+00:00`;
const close = (conversation: Conversation): Conversation => ({ ...conversation, status: 'closed' });
const read = (conversation: Conversation): Conversation => ({ ...conversation, is_read: true, unread_count: 0 });

test('a change is shown at once and stays while the stream tells of something else', () => {
  const before = fresh();
  const { shown, settle } = foresee(before, close);
  expect(shown.status).toBe('closed');
  expect(heard({ ...before, unread_count: 3, updated_at: at(2) })).toMatchObject({ status: 'closed', unread_count: 3 });
  expect(settle({ ...before, status: 'closed', unread_count: 3, updated_at: at(3) })).toMatchObject({
    status: 'closed',
    unread_count: 3,
  });
});

test('a change that is refused takes back itself and nothing that was told meanwhile', () => {
  const before = fresh();
  const { settle } = foresee(before, close);
  heard({ ...before, unread_count: 5, updated_at: at(2) });
  expect(settle()).toMatchObject({ status: 'open', unread_count: 5 });
});

test('an answer that comes after later news is not news', () => {
  const before = fresh();
  const { settle } = foresee(before, close);
  heard({ ...before, status: 'closed', updated_at: at(2) });
  heard({ ...before, status: 'open', unread_count: 3, updated_at: at(3) }); // the customer wrote again
  expect(settle({ ...before, status: 'closed', updated_at: at(2) })).toMatchObject({ status: 'open', unread_count: 3 });
});

test('two changes at once are settled each by itself', () => {
  const before = fresh();
  const first = foresee(before, close);
  const second = foresee(before, read);
  expect(second.shown).toMatchObject({ status: 'closed', is_read: true });
  expect(first.settle()).toMatchObject({ status: 'open', is_read: true });
  expect(second.settle({ ...before, is_read: true, unread_count: 0, updated_at: at(2) })).toMatchObject({
    status: 'open',
    is_read: true,
  });
  expect(heard(before)).toBe(before);
});
