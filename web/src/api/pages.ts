import { useInfiniteQuery } from '@tanstack/react-query';
import type { Problem } from './problem';
import type { Page } from './types';

const MOST_PAGES = 50;

/** A list that goes on as far as somebody asks for more. Read anew when it is shown again: nobody tells about its changes. */
export function usePages<T>(queryKey: readonly unknown[], fetchPage: (cursor?: string) => Promise<Page<T>>) {
  const query = useInfiniteQuery<Page<T>, Problem, T[], readonly unknown[], string | undefined>({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    staleTime: 0,
  });
  return query;
}

/** A list that is always short, whole. */
export async function wholeList<T>(fetchPage: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, next_cursor } = await fetchPage(cursor);
    all.push(...items);
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  return all;
}
