import { useInfiniteQuery } from '@tanstack/react-query';
import type { Problem } from './problem';
import type { Page } from './types';

/** A list that goes on as far as somebody asks for more. Read anew when it is shown again: nobody tells about its changes. */
export function usePages<T>(queryKey: readonly unknown[], fetchPage: (cursor?: string) => Promise<Page<T>>) {
  return useInfiniteQuery<Page<T>, Problem, T[], readonly unknown[], string | undefined>({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    staleTime: 0,
    gcTime: 60_000, // after a while away it begins at its first page again
  });
}
