import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import type { Message } from '@/api/types';
import { compareTimes } from './order';

/** A stretch of a conversation, oldest first, and how to go on at both ends; null where it ends. */
export interface Stretch {
  items: Message[];
  older: string | null;
  newer: string | null;
}

type Where =
  | { kind: 'latest'; limit: number }
  | { kind: 'around'; message: string }
  | { kind: 'older' | 'newer'; cursor: string };
type Thread = InfiniteData<Stretch, Where>;

const SIZE = 50;
// A window of the thread: at most this many stretches are kept, so that a conversation of 50,000 messages is as light as one of 50.
const KEPT = 6;

const threadKey = (conversation: string, around: string | undefined) => [
  ...keys.thread(conversation),
  around ?? 'latest',
];

async function load(conversation: string, where: Where, signal: AbortSignal): Promise<Stretch> {
  await live.ready;
  const query =
    where.kind === 'latest'
      ? { limit: where.limit }
      : where.kind === 'around'
        ? { limit: SIZE, around: where.message }
        : { limit: SIZE, cursor: where.cursor, direction: where.kind };
  const page = await ask(
    api.GET('/api/conversations/{id}/messages', { params: { path: { id: conversation }, query }, signal }),
  );
  const items = page.items as Message[];
  if (where.kind === 'newer') return { items, older: page.prev_cursor, newer: page.next_cursor };
  return { items: items.reverse(), older: page.next_cursor, newer: where.kind === 'latest' ? null : page.prev_cursor };
}

/** A conversation's messages: from the latest on, or around one. */
export const useThread = (conversation: string, around: string | undefined, unread: number) =>
  useInfiniteQuery({
    queryKey: threadKey(conversation, around),
    initialPageParam: (around
      ? { kind: 'around', message: around }
      : { kind: 'latest', limit: Math.min(200, Math.max(SIZE, unread + 20)) }) as Where,
    queryFn: ({ pageParam, signal }) => load(conversation, pageParam, signal),
    getPreviousPageParam: (first): Where | undefined =>
      first.older ? { kind: 'older', cursor: first.older } : undefined,
    getNextPageParam: (last): Where | undefined => (last.newer ? { kind: 'newer', cursor: last.newer } : undefined),
    maxPages: KEPT,
    gcTime: 10 * 60_000,
  });

/** What is kept of a conversation that was left somewhere in its past would open there: forget it. */
export function forgetPast(conversation: string): void {
  const key = threadKey(conversation, undefined);
  const data = queries.getQueryData<Thread>(key);
  if (data && data.pages.at(-1)?.newer !== null) queries.removeQueries({ queryKey: key });
}

/** Reads a conversation before it is opened. */
export function preload(conversation: string): void {
  void queries.prefetchInfiniteQuery({
    queryKey: threadKey(conversation, undefined),
    initialPageParam: { kind: 'latest', limit: SIZE } as Where,
    queryFn: ({ pageParam, signal }) => load(conversation, pageParam, signal),
  });
}

/** Writes a message as it is now into every stretch that has it, or at the end of those that reach to now. */
export function applyMessage(message: Message): void {
  for (const [key] of queries.getQueriesData<Thread>({ queryKey: keys.thread(message.conversation_id) }))
    queries.setQueryData<Thread>(key, (data) => data && { ...data, pages: put(data.pages, message) });
}

/** Pages that stay as they are stay the same objects. */
export function put(pages: Stretch[], message: Message): Stretch[] {
  const has = (page: Stretch) => page.items.some((item) => item.id === message.id);
  const known = pages.findIndex(has);
  if (known >= 0)
    return pages.map((page, index) =>
      index === known ? { ...page, items: page.items.map((item) => (item.id === message.id ? message : item)) } : page,
    );
  const last = pages.at(-1);
  if (!last || last.newer !== null) return pages;
  // Providers' times decide the order, so what arrives last need not be last.
  let at = last.items.length;
  while (at > 0 && isAfter(last.items[at - 1] as Message, message)) at -= 1;
  if (at === 0 && (pages.length > 1 || last.older !== null)) return pages; // older than this stretch: it comes with its own page
  const items = [...last.items];
  items.splice(at, 0, message);
  return [...pages.slice(0, -1), { ...last, items }];
}

const isAfter = (a: Message, b: Message) => (compareTimes(a.occurred_at, b.occurred_at) || (a.id > b.id ? 1 : -1)) > 0;
