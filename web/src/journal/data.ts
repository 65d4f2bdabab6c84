import { type InfiniteData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Page, Webhook } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import { journalWords } from '@/words/journal';

const LOOK_AGAIN = 5000;
const PAGE = 50;

type List = InfiniteData<Page<Webhook>>;

export interface Filter {
  status: string;
  integration: string;
  kind: string;
}

/** A webhook with what it carried. */
export type WholeWebhook = Webhook & { payload: unknown; body: string };

const fetchPage = ({ status, integration, kind }: Filter, cursor?: string) =>
  ask(
    api.GET('/api/webhook-events', {
      params: {
        query: {
          cursor,
          limit: PAGE,
          status: status || undefined,
          integration_id: integration || undefined,
          kind: kind || undefined,
        },
      },
    }),
  ) as Promise<Page<Webhook>>;

export const useJournal = (filter: Filter) =>
  usePages<Webhook>(keys.journalList(filter), (cursor) => fetchPage(filter, cursor));

/** Looks again every few seconds, while the journal is before somebody's eyes. What is shown tells its state of now; what came in
 * stands on top at once where nobody is reading further down, and otherwise is counted ("50+" when the newest page is new altogether). */
export function useNews(filter: Filter, shown: Webhook[] | undefined, mayMove: () => boolean): string | undefined {
  const head = useQuery<Page<Webhook>, Problem>({
    queryKey: keys.journalHead(filter),
    queryFn: () => fetchPage(filter),
    enabled: shown !== undefined,
    refetchInterval: LOOK_AGAIN,
  });
  const latest = useRef({ filter, mayMove });
  latest.current = { filter, mayMove };
  useEffect(() => {
    if (!head.data) return;
    const { filter, mayMove } = latest.current;
    queries.setQueryData<List>(
      keys.journalList(filter),
      (list) => list && { ...list, pages: joined(list.pages, head.data.items, mayMove()) },
    );
  }, [head.data]);
  return newsIn(head.data?.items ?? [], shown ?? []);
}

/** The pages with what the newest one says; new lines only where they may move the others, and leave no gap. */
export function joined(pages: Page<Webhook>[], head: Webhook[], mayMove: boolean): Page<Webhook>[] {
  const told = new Map(head.map((webhook) => [webhook.id, webhook]));
  const now = pages.map((page) =>
    page.items.some((one) => told.has(one.id) && told.get(one.id)?.status !== one.status)
      ? { ...page, items: page.items.map((one) => told.get(one.id) ?? one) }
      : page,
  );
  const [first] = now;
  const newest = first?.items[0]?.id ?? '';
  const news = head.filter((webhook) => webhook.id > newest); // ids grow with time
  if (!first || !mayMove || news.length === 0 || news.length >= PAGE) return now;
  return [{ ...first, items: [...news, ...first.items] }, ...now.slice(1)];
}

export function newsIn(head: Webhook[], shown: Webhook[]): string | undefined {
  const newest = shown[0]?.id ?? '';
  const news = head.filter((webhook) => webhook.id > newest).length; // ids grow with time
  if (news === 0) return undefined;
  return news === PAGE ? `${PAGE}+` : String(news);
}

export const useWebhook = (id: string) =>
  useQuery<WholeWebhook, Problem>({
    queryKey: keys.webhook(id),
    queryFn: () =>
      ask(api.GET('/api/webhook-events/{id}', { params: { path: { id } } })) as unknown as Promise<WholeWebhook>,
  });

/** A webhook that was applied again, in the lists that show it: they need not be read anew. */
export const putIntoLists = (changed: Webhook) =>
  queries.setQueriesData<List>(
    { queryKey: [...keys.journal, 'list'] },
    (list) =>
      list && {
        ...list,
        pages: list.pages.map((page) => ({
          ...page,
          items: page.items.map((one) => (one.id === changed.id ? changed : one)),
        })),
      },
  );

export const tones: Record<string, Tone> = { processed: 'good', failed: 'bad', unprocessed: 'warn' };

export const stateName = (status: string) => journalWords.states[status] ?? status;

/** "messages+statuses" in words. */
export const kindName = (kind: string) =>
  kind
    .split('+')
    .map((part) => journalWords.kinds[part] ?? sentence(part.replaceAll('_', ' ')))
    .join(', ');

const sentence = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

const clock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Whoever looks for a webhook knows the second. */
export const timeOf = (iso: string) => clock.format(new Date(iso));
export const exactTime = (iso: string) => full.format(new Date(iso));
