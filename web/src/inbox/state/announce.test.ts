import { expect, test } from 'vitest';
import type { Conversation, FeedEvent } from '@/api/types';
import { newlyOf } from './announce';

const event = (type: string, id: string, holder: string | null) =>
  ({
    type,
    at: '2026-01-01T10:00:00Z',
    contact_id: `k-${id}`,
    conversation: { id, contact_id: `k-${id}`, assigned_user_id: holder } as Conversation,
  }) as FeedEvent;
const assigned = (id: string) =>
  ({ type: 'assignment.updated', contact_id: `k-${id}`, conversation: null }) as FeedEvent;
const ids = (events: FeedEvent[], had: [string, string | null][] = []) =>
  newlyOf('me', events, new Map(had)).map((one) => one.conversation.id);

test('what somebody is found for after it came in is told to them, once', () => {
  expect(ids([event('message.created', 'a', null)])).toEqual([]);
  expect(ids([event('conversation.updated', 'a', 'me')])).toEqual(['a']);
  expect(ids([event('conversation.updated', 'a', 'me')])).toEqual([]);
});

test('what a colleague gives is told, also of what the page never showed', () => {
  expect(ids([event('conversation.updated', 'b', 'me')], [['b', 'ben']])).toEqual(['b']);
  expect(ids([event('conversation.updated', 'c', 'me'), assigned('c')])).toEqual(['c']);
});

test('what was mine already, or is somebody else\u2019s now, is not', () => {
  expect(ids([event('conversation.updated', 'd', 'me')], [['d', 'me']])).toEqual([]);
  expect(ids([event('conversation.updated', 'e', 'me')])).toEqual([]); // a label on one that was never seen
  expect(ids([event('conversation.updated', 'f', 'ben'), assigned('f')], [['f', 'me']])).toEqual([]);
});
