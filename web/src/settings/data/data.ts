import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import type { components } from '@/api/schema';
import { dataWords } from '@/words/data';

export type Table = components['schemas']['DataTable'];
export type Column = components['schemas']['DataColumn'];
export type Row = (string | null)[];

/** The tables change with a new version only. */
export const useTables = () =>
  useQuery<Table[], Problem>({
    queryKey: keys.tables,
    queryFn: async () => (await (ask(api.GET('/api/data')) as Promise<{ items: Table[] }>)).items,
  });

export const useRows = (table: string, filters: string[]) =>
  usePages<Row>(keys.tableRows(table, filters), async (cursor) => {
    const page = (await ask(
      api.GET('/api/data/{table}', { params: { path: { table }, query: { cursor, filter: filters } } }),
    )) as { items: Row[]; next_cursor: string | null };
    return page;
  });

const BETWEEN = '\n';

/** Filters as the address holds them. */
export const readFilters = (text: string) => (text === '' ? [] : text.split(BETWEEN));
export const writeFilters = (filters: string[]) => [...new Set(filters)].join(BETWEEN);

/** "status.eq.failed" as people say it. */
export function filterName(filter: string): string {
  const [column = '', operator = '', ...value] = filter.split('.');
  return [column, dataWords.operators[operator] ?? operator, value.join('.')].filter(Boolean).join(' ');
}

export const needsValue = (operator: string) => operator !== 'null' && operator !== 'not_null';

/** Ids begin with the time, and tell rows apart at their end; the whole one is in the title and in the filter that it leads to. */
export const shortId = (id: string) => `…${id.slice(-8)}`;
