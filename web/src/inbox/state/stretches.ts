import type { InfiniteData } from '@tanstack/react-query';
import type { Message } from '@/api/types';
import { compareTimes } from './order';

/** A part of a conversation to ask for. "before" and "after" name a message that is here: what lay beyond it was let go of. */
export type Where =
  | { kind: 'latest'; unread: number }
  | { kind: 'around' | 'before' | 'after'; message: string }
  | { kind: 'older' | 'newer'; cursor: string };

/** A stretch of a conversation, oldest first, and how to go on at both ends; null where it ends. */
export interface Stretch {
  items: Message[];
  older: Where | null;
  newer: Where | null;
}

export type Thread = InfiniteData<Stretch, Where>;

/** More than this is not kept of a thread that grows; then so many stay around the reader. */
export const MOST = 800;
export const KEPT = 400;

const steps = ['queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'failed'];

/** Whether one is a later state of a message than the other: another attempt, or a further step of the same. */
export const isFurther = (a: Message, than: Message) =>
  (a.attempt - than.attempt || steps.indexOf(a.status) - steps.indexOf(than.status)) > 0;

/**
 * Puts a message as it is now where it belongs. Pages that stay as they are stay the same objects.
 * @param isNews asked of a message that is here already.
 */
export function put(
  pages: Stretch[],
  message: Message,
  isNews: (message: Message, known: Message) => boolean = () => true,
): Stretch[] {
  const known = pages.findIndex((page) => page.items.some((item) => item.id === message.id));
  if (known >= 0)
    return pages.map((page, index) => {
      if (index !== known) return page;
      const before = page.items.find((item) => item.id === message.id) as Message;
      if (!isNews(message, before)) return page;
      return { ...page, items: page.items.map((item) => (item.id === message.id ? message : item)) };
    });
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

/** A thread that has grown too long keeps what is around the reader, or its end when nobody reads it.
 * @param top the first message in sight. */
export function trim(data: Thread, top: string | undefined): Thread {
  const total = data.pages.reduce((sum, page) => sum + page.items.length, 0);
  if (total <= MOST) return data;
  const place = data.pages.flatMap((page) => page.items).findIndex((item) => item.id === top);
  const to = place < 0 ? total : Math.min(total, place + KEPT / 2);
  const from = Math.max(0, to - KEPT);
  const pages: Stretch[] = [];
  const pageParams: Where[] = [];
  let start = 0;
  data.pages.forEach((page, index) => {
    const items = page.items.slice(Math.max(0, from - start), Math.max(0, to - start));
    start += page.items.length;
    const first = items[0];
    const last = items.at(-1);
    if (!first || !last) return;
    pages.push({
      items,
      older: from > 0 && pages.length === 0 ? { kind: 'before', message: first.id } : page.older,
      newer: to < total && start >= to ? { kind: 'after', message: last.id } : page.newer,
    });
    pageParams.push(data.pageParams[index] as Where);
  });
  return { pages, pageParams };
}

/** The first of so many unread ones; undefined while they are not all here. */
export function firstUnreadOf(messages: readonly Message[], unread: number, isWhole = true): string | undefined {
  let left = unread;
  let found: string | undefined;
  for (let index = messages.length - 1; index >= 0 && left > 0; index--) {
    const message = messages[index] as Message;
    if (message.direction !== 'inbound') continue;
    found = message.id;
    left -= 1;
  }
  return left > 0 && !isWhole ? undefined : found;
}
