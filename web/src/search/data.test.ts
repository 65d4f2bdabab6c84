import { expect, test } from 'vitest';
import type { FoundConversation } from '@/api/types';
import { daysOf, isType, peopleIn } from './data';

test('a stretch of time is said in days', () => {
  const now = new Date('2026-03-01T10:00:00Z');
  expect(daysOf('', now)).toEqual({});
  expect(daysOf('week', now)).toEqual({ after: '2026-02-22' });
  expect(daysOf('month', now)).toEqual({ after: '2026-01-30' });
  expect(daysOf('year', now)).toEqual({ after: '2025-03-01' });
  expect(daysOf('older', now)).toEqual({ before: '2025-03-01' });
  expect(daysOf('nonsense', now)).toEqual({});
});

test('only the kinds there are can be asked for', () => {
  expect(isType('messages')).toBe(true);
  expect(isType('toString')).toBe(false);
});

test('people are listed once, with the conversation that shows them', () => {
  const conversation = (id: string, message_id: string | null) =>
    ({ id, message_id, contact_id: 'nora', contact_name: 'Nora', handle: 'h' }) as FoundConversation;
  const contact = (id: string, conversation_id: string | null) =>
    ({ id, conversation_id, name: null, phone: null, identities: [{ channel: 'sms', handle: '+1' }] }) as never;
  expect(
    peopleIn(
      [conversation('a', null), conversation('said', 'm')],
      [contact('nora', 'a'), contact('bia', 'b'), contact('nobody', null)],
    ),
  ).toEqual([
    { conversation: 'a', contact: 'nora', name: 'Nora' },
    { conversation: 'b', contact: 'bia', name: '+1' },
  ]);
});
