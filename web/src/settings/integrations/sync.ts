import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { Sync } from '@/api/types';
import { settingsWords } from '@/words/settings';

/** How reading an account's history goes: asked for again whenever the stream tells that it has gone on. */
export function useSync(id: string, isAsked = true) {
  useEffect(
    () =>
      live.subscribe((event) => {
        if (event !== 'reset' && event.type === 'sync.updated' && event.integration_id === id) reread(keys.sync(id));
      }),
    [id],
  );
  return useQuery<Sync, Problem>({
    queryKey: keys.sync(id),
    enabled: isAsked,
    queryFn: ({ signal }) => ask(api.GET('/api/integrations/{id}/sync', { params: { path: { id } }, signal })),
  });
}

export const useStartSync = (id: string) =>
  useMutation<Sync, Problem, { full: boolean }>({
    mutationFn: ({ full }) =>
      ask(api.POST('/api/integrations/{id}/sync', { params: { path: { id }, query: { full } } })) as Promise<Sync>,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.sync(id) }),
  });

export interface Progress {
  /** 0 to 1; undefined while it is not known how much there is. */
  part?: number;
  perSecond: number;
  secondsLeft?: number;
}

/** How far it is, how fast it goes, and how long it still takes if it goes on like that. */
export function progressOf(sync: Sync, now: number): Progress {
  const seconds = sync.started_at ? Math.max(1, (now - Date.parse(sync.started_at)) / 1000) : 1;
  const perSecond = sync.messages_fetched / seconds;
  if (sync.chats_to_sync === 0) return { perSecond };
  const part = Math.min(1, sync.chats_done / sync.chats_to_sync);
  return { part, perSecond, secondsLeft: part > 0 ? (seconds * (1 - part)) / part : undefined };
}

/** "about 3 min", for what nobody can know to the second. */
export function about(seconds: number): string {
  const { soon, seconds: few, minutes, hours } = settingsWords.sync.left;
  if (seconds < 5) return soon;
  if (seconds < 90) return few(Math.ceil(seconds / 5) * 5);
  return seconds < 5400 ? minutes(Math.round(seconds / 60)) : hours(Math.round(seconds / 3600));
}
