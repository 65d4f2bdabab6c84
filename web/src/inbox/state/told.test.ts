import { type InfiniteData, QueryObserver } from '@tanstack/react-query';
import { beforeEach, expect, test, vi } from 'vitest';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { Conversation, Message, Page } from '@/api/types';
import { reloadAll } from './follow';
import { applyConversation, removeConversation } from './lists';
import type { Stretch, Thread, Where } from './stretches';
import { applyMessage, settleMessage } from './threads';

type List = InfiniteData<Page<Conversation>, string | null>;
const listKey = keys.conversationList({ view: 'all' });
const threadKey = [...keys.thread('c'), 'latest'];

const conversation = (id: string, minute: number, more: Partial<Conversation> = {}) => {
  const at = `2026-01-01T10:${String(minute).padStart(2, '0')}:00+00:00`;
  return {
    id,
    last_message_at: at,
    updated_at: at,
    status: 'open',
    is_read: true,
    snoozed_until: null,
    ...more,
  } as Conversation;
};
const message = (id: string, minute: number, more: Partial<Message> = {}) =>
  ({
    id,
    conversation_id: 'c',
    occurred_at: `2026-01-01T10:${String(minute).padStart(2, '0')}:00+00:00`,
    direction: 'inbound',
    status: 'delivered',
    attempt: 0,
    ...more,
  }) as Message;
const stretch = (items: Message[], older: Where | null = null): Stretch => ({ items, older, newer: null });

/** A server that answers when it is told to. */
function server<T>() {
  const waiting: { answer: (page: T) => void; refuse: (failure: Error) => void }[] = [];
  return {
    ask: () => new Promise<T>((answer, refuse) => waiting.push({ answer, refuse })),
    answers: (page: T) => waiting.shift()?.answer(page),
    refuses: () => waiting.shift()?.refuse(new Error('no')),
  };
}

const list = () => queries.getQueryData<List>(listKey)?.pages.map((page) => page.items.map((item) => item.id).join(''));
const thread = () => queries.getQueryData<Thread>(threadKey)?.pages.flatMap((page) => page.items);

function readList() {
  const { ask, ...rest } = server<Page<Conversation>>();
  const reading = (pages: number) =>
    queries
      .fetchInfiniteQuery({
        queryKey: listKey,
        queryFn: ask,
        initialPageParam: null as string | null,
        getNextPageParam: (page) => page.next_cursor,
        pages,
        staleTime: 0,
        retry: false,
      })
      .catch(() => {});
  return { reading, ...rest };
}

beforeEach(() => queries.clear());

test('what changes while a list is read for the first time is in it, whatever its answer knew', async () => {
  const { reading, answers } = readList();
  const done = reading(1);
  applyConversation(conversation('b', 9));
  removeConversation('x');
  answers({ items: [conversation('a', 5), conversation('b', 4), conversation('x', 3)], next_cursor: null });
  await done;
  expect(list()).toEqual(['ba']);
});

test('what changes while more of a list is read stays changed', async () => {
  const { reading, answers } = readList();
  const first = reading(1);
  answers({ items: [conversation('a', 9), conversation('b', 8)], next_cursor: 'more' });
  await first;
  const second = reading(2);
  applyConversation(conversation('b', 10));
  expect(list()).toEqual(['ba']);
  answers({ items: [conversation('a', 9), conversation('b', 8)], next_cursor: 'more' });
  await Promise.resolve();
  await new Promise((done) => setTimeout(done));
  applyConversation(conversation('d', 11));
  answers({ items: [conversation('c', 7), conversation('d', 6)], next_cursor: null });
  await second;
  expect(list()).toEqual(['dba', 'c']);
});

test('an answer that knows more than what was told while it was on its way is kept', async () => {
  const { reading, answers } = readList();
  const done = reading(1);
  applyConversation(conversation('a', 5, { is_read: false }));
  answers({ items: [conversation('a', 5, { updated_at: '2026-01-01T11:00:00+00:00' })], next_cursor: null });
  await done;
  expect(queries.getQueryData<List>(listKey)?.pages[0]?.items[0]?.is_read).toBe(true);
});

test('a reading that fails or is given up takes nothing of it back', async () => {
  const { reading, answers, refuses } = readList();
  const first = reading(1);
  answers({ items: [conversation('a', 9)], next_cursor: null });
  await first;
  const failing = reading(1);
  applyConversation(conversation('b', 10));
  refuses();
  await failing;
  expect(list()).toEqual(['ba']);
  const given = reading(1);
  applyConversation(conversation('c', 11));
  await queries.cancelQueries({ queryKey: listKey });
  await given;
  expect(list()).toEqual(['cba']);
});

test('a message that comes while its thread is read is in it once', async () => {
  const { ask, answers } = server<Stretch>();
  const done = queries.fetchInfiniteQuery({
    queryKey: threadKey,
    queryFn: ask,
    initialPageParam: { kind: 'latest', unread: 0 } as Where,
  });
  applyMessage(message('b', 2));
  applyMessage(message('c', 3));
  applyMessage(message('a', 1, { content: 'as it was edited' }));
  applyMessage(message('m', 0, { status: 'sent', attempt: 1 }));
  answers(stretch([message('m', 0, { status: 'read', attempt: 1 }), message('a', 1), message('b', 2)]));
  await done;
  expect(thread()?.map((one) => one.id)).toEqual(['m', 'a', 'b', 'c']);
  expect(thread()?.[0]?.status).toBe('read');
  expect(thread()?.[1]?.content).toBe('as it was edited');
});

test('an answer that comes late takes back nothing that the stream has told', () => {
  const mine = { direction: 'outbound' };
  queries.setQueryData<Thread>(threadKey, {
    pages: [stretch([message('a', 1)])],
    pageParams: [{ kind: 'latest', unread: 0 }],
  });
  applyMessage(message('m', 2, { ...mine, status: 'read', attempt: 1 }));
  settleMessage(message('m', 2, { ...mine, status: 'queued', attempt: 0 }));
  expect(thread()?.at(-1)?.status).toBe('read');
  // A person tries again: that is a new attempt, and further.
  applyMessage(message('m', 2, { ...mine, status: 'failed', attempt: 1 }));
  settleMessage(message('m', 2, { ...mine, status: 'queued', attempt: 2 }));
  expect(thread()?.at(-1)?.status).toBe('queued');
  // And what nobody told of yet is taken.
  settleMessage(message('n', 3, { ...mine, status: 'queued' }));
  expect(thread()?.at(-1)?.id).toBe('n');
});

test('when everything may have changed, a first reading that is under way is not trusted either', async () => {
  const { ask, answers } = server<number>();
  let readings = 0;
  const queryFn = ({ signal }: { signal: AbortSignal }) => {
    readings++;
    return signal && ask();
  };
  const observer = new QueryObserver(queries, { queryKey: keys.counts, queryFn });
  const leave = observer.subscribe(() => {});
  const done = reloadAll();
  await new Promise((tick) => setTimeout(tick));
  answers(1); // read before
  answers(2);
  await done;
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe(2));
  await new Promise((tick) => setTimeout(tick));
  expect(readings).toBe(2);
  leave();
});

test('what is told to be another while it is read is read once more, however often that is told, and a first reading too', async () => {
  const { ask, answers } = server<string>();
  let readings = 0;
  const queryFn = () => {
    readings++;
    return ask();
  };
  const observer = new QueryObserver(queries, { queryKey: keys.contactSuggestions(''), queryFn });
  const leave = observer.subscribe(() => {});
  const shows = (data: string) => vi.waitFor(() => expect(observer.getCurrentResult().data).toBe(data));
  for (let told = 0; told < 3; told++) reread(keys.contacts);
  answers('before the pair was found');
  await shows('before the pair was found');
  for (let told = 0; told < 3; told++) reread(keys.contacts);
  answers('with it');
  await shows('with it');
  answers('and with another');
  await shows('and with another');
  await new Promise((tick) => setTimeout(tick));
  expect(readings).toBe(3);
  leave();
});
