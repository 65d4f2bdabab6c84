import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { AccountTest, Integration, ProviderForm } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';

const say = settingsWords.integrations;

export const useForms = () =>
  useQuery<ProviderForm[], Problem>({
    queryKey: keys.integrationForms,
    queryFn: () => ask(api.GET('/api/integration-forms')) as Promise<ProviderForm[]>,
  });

/** Puts an account as the server answered it into what is loaded. */
export function remember(integration: Integration): void {
  queries.setQueryData<Integration[]>(keys.integrations, (all) => {
    if (!all) return all;
    return all.some((one) => one.id === integration.id)
      ? all.map((one) => (one.id === integration.id ? integration : one))
      : [...all, integration];
  });
  reread(keys.integrations);
}

/** What the last test said, in this page's life. */
export const useLastTest = (id: string) =>
  useQuery<AccountTest | null>({ queryKey: keys.integrationTest(id), queryFn: () => null, enabled: false }).data;

export const forgetTest = (id: string) => queries.setQueryData(keys.integrationTest(id), null);

/** One after another: a test that follows a change tests what was saved. */
export const inTurn = (id: string) => ({ id: `integration:${id}` });

export const useTest = (id: string) =>
  useMutation<AccountTest, Problem>({
    scope: inTurn(id),
    mutationFn: () =>
      ask(api.POST('/api/integrations/{id}/test', { params: { path: { id } } })) as Promise<AccountTest>,
    onSuccess: (test) => {
      queries.setQueryData(keys.integrationTest(id), test);
      reread(keys.integrations);
    },
  });

/** How an account stands, for a glance. */
export function standingOf(integration: Integration): { tone: Tone; word: string } {
  if (integration.status === 'paused') return { tone: 'warn', word: say.health.paused };
  if (integration.status !== 'active') return { tone: 'quiet', word: say.health.off };
  if (integration.health === 'ok') return { tone: 'good', word: say.health.ok };
  if (integration.health === 'failing') return { tone: 'bad', word: say.health.failing };
  return { tone: 'quiet', word: say.health.unknown };
}

export const providerName = (provider: string) => say.providers[provider]?.name ?? provider;
