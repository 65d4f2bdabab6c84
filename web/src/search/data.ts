import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import type { FoundContact, FoundConversation, FoundMessage, Page } from '@/api/types';

/** What is looked for; every part is in the address. */
export interface Filter {
  q: string;
  channel: string;
  integration: string;
  contact: string;
  time: string;
}

export interface Sections {
  contacts: FoundContact[];
  conversations: FoundConversation[];
  messages: FoundMessage[];
}
export type Type = keyof Sections;

/** In the order in which they are shown: a person is found in a moment, among the messages one reads. */
export const types: Type[] = ['contacts', 'conversations', 'messages'];
export const isType = (name: string): name is Type => (types as string[]).includes(name);

/** A name for a stretch of time to the days that the server understands. */
export function daysOf(time: string, now = new Date()): { after?: string; before?: string } {
  const ago = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
  if (time === 'week') return { after: ago(7) };
  if (time === 'month') return { after: ago(30) };
  if (time === 'year') return { after: ago(365) };
  if (time === 'older') return { before: ago(365) };
  return {};
}

const FIRST = 20;
const PAGE = 50;
/** What was found grows old by itself: new messages may match. */
const FRESH = 15_000;

const questionOf = ({ q, channel, integration, contact, time }: Filter) => ({
  q,
  channel: channel || undefined,
  integration_id: integration || undefined,
  contact_id: contact || undefined,
  ...daysOf(time),
});

const isWorthAsking = ({ q }: Filter) => q.trim().length > 0;

/** The first of every kind. What was found for the words before stays while the next is on its way. */
export const useEverything = (filter: Filter, isAsked: boolean) =>
  useQuery<Record<Type, Page<unknown>>, Problem, Record<Type, Page<unknown>>>({
    queryKey: keys.search(filter),
    enabled: isAsked && isWorthAsking(filter),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/search', { params: { query: { ...questionOf(filter), limit: FIRST } }, signal }),
      ) as unknown as Promise<Record<Type, Page<unknown>>>,
    placeholderData: keepPreviousData,
    staleTime: FRESH,
  });

/** All of one kind, a page at a time. */
export const useSection = (type: Type | undefined, filter: Filter) =>
  useInfiniteQuery<Page<unknown>, Problem, unknown[], readonly unknown[], string | undefined>({
    queryKey: keys.searchSection(type ?? '', filter),
    enabled: type !== undefined && isWorthAsking(filter),
    queryFn: async ({ pageParam, signal }) => {
      const answer = (await ask(
        api.GET('/api/search', {
          params: { query: { ...questionOf(filter), type, cursor: pageParam, limit: PAGE } },
          signal,
        }),
      )) as unknown as Record<Type, Page<unknown>>;
      return answer[type as Type];
    },
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    placeholderData: keepPreviousData,
    staleTime: FRESH,
  });

/** Somebody to go to, with the conversation that shows them. */
export interface Person {
  conversation: string;
  contact: string;
  name: string;
}

const SOME = 8;

/** People of this name, among all there are; what was found before stays while the next is on its way. */
export const usePeople = (q: string) =>
  useQuery<Person[], Problem>({
    queryKey: keys.searchSection('people', { q }),
    enabled: q !== '',
    queryFn: async ({ signal }) => {
      const look = (type: Type) =>
        ask(api.GET('/api/search', { params: { query: { q, type, limit: SOME } }, signal })) as unknown as Promise<
          Record<Type, Page<unknown>>
        >;
      const [contacts, conversations] = await Promise.all([look('contacts'), look('conversations')]);
      return peopleIn(
        conversations.conversations.items as FoundConversation[],
        contacts.contacts.items as FoundContact[],
      );
    },
    placeholderData: keepPreviousData,
    staleTime: FRESH,
  });

/** Each conversation once. One that was found for what was said in it is not somebody of that name. */
export function peopleIn(conversations: FoundConversation[], contacts: FoundContact[]): Person[] {
  const found = new Map<string, Person>();
  for (const { id, contact_id, contact_name, handle, message_id } of conversations)
    if (message_id === null) found.set(id, { conversation: id, contact: contact_id, name: contact_name ?? handle });
  for (const { id, conversation_id, name, phone, identities } of contacts)
    if (conversation_id !== null && !found.has(conversation_id))
      found.set(conversation_id, {
        conversation: conversation_id,
        contact: id,
        name: name ?? phone ?? identities[0]?.handle ?? '',
      });
  return [...found.values()];
}
