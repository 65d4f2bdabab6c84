import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Bot } from '@/api/types';

export const useBot = (integration: string) =>
  useQuery<Bot, Problem>({
    queryKey: keys.bot(integration),
    queryFn: () =>
      ask(api.GET('/api/integrations/{id}/bot', { params: { path: { id: integration } } })) as Promise<Bot>,
    staleTime: 0, // what it used today grows by itself
  });

/** Writes what is to be changed; all else stays as it is. */
export async function saveBot(bot: Bot, change: Partial<Bot> & { api_key?: string }): Promise<Bot> {
  const saved = (await ask(
    api.PUT('/api/integrations/{id}/bot', {
      params: { path: { id: bot.integration_id } },
      body: { ...bot, ...change } as never,
    }),
  )) as Bot;
  queries.setQueryData(keys.bot(bot.integration_id), saved);
  return saved;
}
