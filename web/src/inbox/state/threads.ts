import { useInfiniteQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import { queriesUnder, tell } from '@/api/told';
import type { Conversation, Message } from '@/api/types';
import { topOf } from './reader';
import { isFurther, put, type Stretch, type Thread, trim, type Where } from './stretches';

const SIZE = 50;
const LARGEST = 200;
// A window of the thread: at most this many stretches are kept, so that a conversation of 50,000 messages is as light as one of 50.
const STRETCHES = 6;
/** So far back the first unread message is looked for; nobody reads on from further back. */
const MOST_UNREAD = 600;

const threadKey = (conversation: string, around: string | undefined) => [
  ...keys.thread(conversation),
  around ?? 'latest',
];

async function load(conversation: string, where: Where, signal: AbortSignal): Promise<Stretch> {
  const read = async (query: object) => {
    const page = await ask(
      api.GET('/api/conversations/{id}/messages', { params: { path: { id: conversation }, query }, signal }),
    );
    return { items: page.items as Message[], older: older(page.next_cursor), newer: newer(page.prev_cursor) };
  };
  switch (where.kind) {
    case 'latest': {
      // Newest first, as they come, until all that are unread are among them.
      const page = await read({ limit: Math.min(LARGEST, Math.max(SIZE, where.unread + 20)) });
      while (isShort(page, where.unread) && page.older?.kind === 'older') {
        const more = await read({ limit: LARGEST, cursor: page.older.cursor });
        page.items.push(...more.items);
        page.older = more.older;
      }
      return { ...page, items: page.items.reverse(), newer: null };
    }
    case 'newer': {
      const page = await ask(
        api.GET('/api/conversations/{id}/messages', {
          params: { path: { id: conversation }, query: { limit: SIZE, cursor: where.cursor, direction: 'newer' } },
          signal,
        }),
      );
      return { items: page.items as Message[], older: older(page.prev_cursor), newer: newer(page.next_cursor) };
    }
    case 'older': {
      const page = await read({ limit: SIZE, cursor: where.cursor });
      return { ...page, items: page.items.reverse() };
    }
    default: {
      // Around a message: all of it, or what lies on one side.
      const page = await read({ limit: where.kind === 'around' ? SIZE : 2 * SIZE, around: where.message });
      const items = page.items.reverse();
      const centre = items.findIndex((item) => item.id === where.message);
      if (where.kind === 'before')
        return {
          ...page,
          items: items.slice(0, centre),
          newer: { kind: 'after', message: items[centre - 1]?.id ?? where.message },
        };
      if (where.kind === 'after')
        return {
          ...page,
          items: items.slice(centre + 1),
          older: { kind: 'before', message: items[centre + 1]?.id ?? where.message },
        };
      return { ...page, items };
    }
  }
}

const older = (cursor: string | null): Where | null => (cursor ? { kind: 'older', cursor } : null);
const newer = (cursor: string | null): Where | null => (cursor ? { kind: 'newer', cursor } : null);

const isShort = ({ items, older }: Pick<Stretch, 'items' | 'older'>, unread: number) =>
  older !== null &&
  items.length < MOST_UNREAD &&
  items.reduce((count, item) => (item.direction === 'inbound' ? count + 1 : count), 0) < unread;

const optionsOf = (conversation: string, around: string | undefined, unread: number) => ({
  queryKey: threadKey(conversation, around),
  initialPageParam: (around ? { kind: 'around', message: around } : { kind: 'latest', unread }) as Where,
  queryFn: ({ pageParam, signal }: { pageParam: unknown; signal: AbortSignal }) =>
    load(conversation, pageParam as Where, signal),
});

/** A conversation's messages: from the latest on, or around one. */
export const useThread = (conversation: string, around: string | undefined, unread: number) =>
  useInfiniteQuery({
    ...optionsOf(conversation, around, unread),
    getPreviousPageParam: (first) => first.older ?? undefined,
    getNextPageParam: (last) => last.newer ?? undefined,
    maxPages: STRETCHES,
    gcTime: 10 * 60_000,
  });

/**
 * Before a thread is opened: what is kept of it and would open at the wrong place is forgotten. That is one that was left somewhere in its
 * past, one that does not go back to the first unread message, and one around a message that has moved out of it.
 */
export function prepare(conversation: Conversation, around: string | undefined): void {
  const queryKey = threadKey(conversation.id, around);
  const data = queries.getQueryData<Thread>(queryKey);
  if (!data) return;
  const first = data.pages[0];
  const items = data.pages.flatMap((page) => page.items);
  const isRight = around
    ? items.some((item) => item.id === around)
    : data.pages.at(-1)?.newer === null &&
      !(first && isShort({ items, older: first.older }, conversation.unread_count));
  if (!isRight) queries.removeQueries({ queryKey, exact: true });
}

/** Reads a conversation before it is opened. */
export const preload = (conversation: Conversation) =>
  void queries.prefetchInfiniteQuery(optionsOf(conversation.id, undefined, conversation.unread_count));

/** The stream tells of a message: it is written into every stretch that has it, or at the end of those that reach to now. */
export const applyMessage = (message: Message) =>
  write(message, (isLate) => (told, known) => !isLate || !isFurther(known, told));

/** A request answers with a message: what the stream told of it is not taken back, nor what is told twice. */
export const settleMessage = (message: Message) => write(message, () => isFurther);

function write(message: Message, isNews: (isLate: boolean) => (message: Message, known: Message) => boolean): void {
  const top = topOf(message.conversation_id);
  for (const query of queriesUnder(keys.thread(message.conversation_id)))
    tell<Thread>(query, (data, isLate) => trim({ ...data, pages: put(data.pages, message, isNews(isLate)) }, top));
}
