import { expect, test } from 'vitest';
import type { Message } from '@/api/types';
import { nextLine, type Seen } from './newLine';

const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `m${n}`, direction: 'inbound' }) as Message);
const seen = (more: Partial<Seen>): Seen => ({
  messages: messages(5),
  isReady: true,
  isWhole: false,
  reachesNow: true,
  unread: 0,
  isReading: false,
  ...more,
});

test('the line stands before the first unread message when a thread is opened, and stays while one reads', () => {
  const opened = nextLine(undefined, seen({ unread: 2 }));
  expect(opened?.before).toBe('m3');
  const read = nextLine(opened, seen({ isReading: true }));
  expect(read?.before).toBe('m3');
  expect(nextLine(read, seen({ messages: messages(6), unread: 1, isReading: true }))).toBe(read);
});

test('it is drawn again for what came while nobody read', () => {
  const read = nextLine(nextLine(undefined, seen({})), seen({ isReading: true }));
  const back = nextLine(read, seen({ messages: messages(6), unread: 1 }));
  expect(back?.before).toBe('m5');
  expect(nextLine(back, seen({ messages: messages(8), unread: 3 }))).toBe(back); // still before the first of them
});

test('there is no line rather than a wrong one: when not all that are unread are here', () => {
  expect(nextLine(undefined, seen({ unread: 700 }))?.before).toBeUndefined();
  expect(nextLine(undefined, seen({ unread: 700, isWhole: true }))?.before).toBe('m0');
  expect(nextLine(undefined, seen({ unread: 2, reachesNow: false }))?.before).toBeUndefined();
  expect(nextLine(undefined, seen({ unread: 2, isReady: false }))).toBeUndefined();
});
