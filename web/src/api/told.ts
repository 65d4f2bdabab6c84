import type { Query } from '@tanstack/react-query';
import { queries } from './queries';

/** @param isLate true when it is told once more, to an answer that may know better already. */
// biome-ignore lint/suspicious/noExplicitAny: what a query keeps is known to who writes it
type Write = (data: any, isLate: boolean) => unknown;

const told = new Map<string, Write[]>();
const outdated = new Set<string>();

/**
 * Writes what the stream tells into what a query keeps. While that query is being read its answer may be older than what is told, and
 * a page more is put beside the pages as they were when it was asked for: so it is told once more when the reading has ended.
 */
export function tell<T>(query: Query, write: (data: T, isLate: boolean) => T): void {
  if (query.state.fetchStatus === 'fetching') told.set(query.queryHash, [...(told.get(query.queryHash) ?? []), write]);
  if (query.state.data !== undefined) queries.setQueryData(query.queryKey, write(query.state.data as T, false));
}

/**
 * Reads anew what is kept under a name, because it is another now. What is being read already is read once more when that has ended: its
 * answer may be older. (The library would leave a first reading alone, and begin any other again, as often as it is told.)
 */
export function reread(queryKey: readonly unknown[]): void {
  for (const query of queriesUnder(queryKey)) if (query.state.fetchStatus === 'fetching') outdated.add(query.queryHash);
  void queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
}

/** All that is kept under a name, and all that is being read for it. */
export const queriesUnder = (queryKey: readonly unknown[]) => queries.getQueryCache().findAll({ queryKey });

queries.getQueryCache().subscribe(({ type, query }) => {
  if (type === 'removed') {
    told.delete(query.queryHash);
    outdated.delete(query.queryHash);
  }
  // However it ended: with an answer, with a failure, or given up, which puts back what was there when it began.
  if (type !== 'updated' || query.state.fetchStatus !== 'idle') return;
  const writes = told.get(query.queryHash);
  told.delete(query.queryHash);
  if (writes && query.state.data !== undefined)
    queries.setQueryData(
      query.queryKey,
      writes.reduce((data, write) => write(data, true), query.state.data),
    );
  if (outdated.delete(query.queryHash)) void queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
});
