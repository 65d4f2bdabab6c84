import { type InfiniteData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import { queriesUnder, reread, tell } from '@/api/told';
import type { Conversation, Integration, Page } from '@/api/types';
import { belongs, type Filter, questionOf } from './filters';
import { heard } from './foreseen';
import { compare, compareTimes, place } from './order';

type List = InfiniteData<Page<Conversation>, string | null>;
const listKey = [...keys.conversations, 'list'];
const FIRST = 50;
const MORE = 100;

/** The conversations of a view, page by page. */
export const useConversations = (filter: Filter) =>
  useInfiniteQuery({
    queryKey: keys.conversationList(filter),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...questionOf(filter), limit: pageParam ? MORE : FIRST, cursor: pageParam ?? undefined };
      return ask(api.GET('/api/conversations', { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
  });

/** One conversation; the lists have most of them already. */
export const useConversation = (id: string | undefined) =>
  useQuery({
    queryKey: keys.conversation(id ?? ''),
    enabled: id !== undefined,
    queryFn: ({ signal }) => ask(api.GET('/api/conversations/{id}', { params: { path: { id: id ?? '' } }, signal })),
    initialData: () => (id ? findCached(id) : undefined),
  });

export const useCounts = () =>
  useQuery({
    queryKey: keys.counts,
    queryFn: ({ signal }) => ask(api.GET('/api/conversations/counts', { signal })),
  });

export const useIntegrations = () =>
  useQuery<Integration[]>({
    queryKey: keys.integrations,
    queryFn: async ({ signal }) =>
      (await ask(api.GET('/api/integrations', { params: { query: { limit: 200 } }, signal }))).items,
  });

const lists = () => queries.getQueriesData<List>({ queryKey: listKey });

/** Every conversation that this page has loaded, the newest first. */
export function cachedConversations(): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const [, data] of lists())
    for (const page of data?.pages ?? [])
      for (const conversation of page.items) found.set(conversation.id, conversation);
  return [...found.values()].sort(compare);
}

export function findCached(id: string): Conversation | undefined {
  const one = queries.getQueryData<Conversation>(keys.conversation(id));
  if (one) return one;
  for (const [, data] of lists()) {
    const found = find(data, id);
    if (found) return found;
  }
  return undefined;
}

/** The stream tells of a conversation. */
export const applyConversation = (truth: Conversation) => showConversation(heard(truth));

/** Writes a conversation into everything that shows it. */
export function showConversation(conversation: Conversation): void {
  const { id } = conversation;
  for (const query of queriesUnder(keys.conversation(id)))
    tell<Conversation>(query, (known, isLate) => (isLate && isLater(known, conversation) ? known : conversation));
  for (const query of queriesUnder(listKey)) {
    const filter = query.queryKey[2] as Filter;
    tell<List>(query, (data, isLate) => {
      const known = isLate && find(data, id);
      if (known && isLater(known, conversation)) return data;
      return { ...data, pages: place(data.pages, conversation, belongs(conversation, filter)) };
    });
  }
  refreshCounts();
}

export function removeConversation(id: string): void {
  queries.removeQueries({ queryKey: keys.conversation(id) });
  for (const query of queriesUnder(listKey))
    tell<List>(query, (data) => ({
      ...data,
      pages: data.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })),
    }));
  refreshCounts();
}

const isLater = (a: Conversation, b: Conversation) => compareTimes(a.updated_at, b.updated_at) > 0;

function find(data: List | undefined, id: string): Conversation | undefined {
  for (const page of data?.pages ?? []) {
    const found = page.items.find((conversation) => conversation.id === id);
    if (found) return found;
  }
  return undefined;
}

/** A contact has another name: it stands in many rows. */
export function renameContact(contact: string, name: string | null): void {
  for (const conversation of cachedConversations())
    if (conversation.contact_id === contact && conversation.contact_name !== name)
      showConversation({ ...conversation, contact_name: name });
}

/** What was loaded further down would be asked for page after page: lists are read from the start. */
export function cutLists(): void {
  for (const [key] of lists())
    queries.setQueryData<List>(
      key,
      (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    );
}

let wokenUntil = Date.now();

/** A snooze ends by itself: nobody tells, so the clock does. */
export function wakeSnoozed(): void {
  const now = Date.now();
  for (const conversation of cachedConversations()) {
    const end = conversation.snoozed_until ? Date.parse(conversation.snoozed_until) : 0;
    if (end > wokenUntil && end <= now) showConversation(conversation);
  }
  wokenUntil = now;
}

const COUNT_PAUSE = 1500;
let countsAreComing = false;

/** Numbers beside the views: soon, and once for many changes. */
export function refreshCounts(): void {
  if (countsAreComing) return;
  countsAreComing = true;
  setTimeout(() => {
    countsAreComing = false;
    reread(keys.counts);
  }, COUNT_PAUSE);
}
