import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { usePages } from '@/api/pages';
import type { components } from '@/api/schema';
import { reread } from '@/api/told';
import type { Page } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import type { Definition } from './definition';

const LOOK_AGAIN = 3000;

type Schemas = components['schemas'];

/** An automation, as it is stored; the schema leaves open what is inside a definition. */
export type Automation = Omit<Schemas['AutomationView'], keyof Definition> & Definition;

/** One time that it happened; the steps come with a single one only. */
export type Run = Schemas['AutomationRunView'];
export type RunStep = Schemas['AutomationStepView'];

/** What would happen. */
export type DryRun = Schemas['DryRunView'];

export const useAutomations = (status: string) =>
  usePages<Automation>(
    keys.automationList({ status }),
    (cursor) =>
      ask(api.GET('/api/automations', { params: { query: { status: status || undefined, cursor } } })) as Promise<
        Page<unknown>
      > as Promise<Page<Automation>>,
  );

export const useAutomation = (id: string) =>
  useQuery<Automation>({
    queryKey: keys.automation(id),
    queryFn: () =>
      ask(api.GET('/api/automations/{id}', { params: { path: { id } } })) as Promise<unknown> as Promise<Automation>,
  });

/** The runs of one; the first page looks again while it is shown. */
export function useRuns(automation: string, status: string) {
  const query = usePages<Run>(keys.automationRuns(automation, { status }), (cursor) =>
    ask(
      api.GET('/api/automations/{id}/runs', {
        params: { path: { id: automation }, query: { status: status || undefined, cursor } },
      }),
    ),
  );
  const isFirst = (query.data?.length ?? 0) <= 50; // whoever reads further down keeps their place
  const { refetch } = query;
  useEffect(() => {
    if (!isFirst) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && void refetch(), LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [isFirst, refetch]);
  return query;
}

const isOver = (run: Run | undefined) => run !== undefined && !['queued', 'running', 'waiting'].includes(run.status);

export const useRun = (id: string) =>
  useQuery<Run>({
    queryKey: keys.automationRun(id),
    queryFn: () => ask(api.GET('/api/automation-runs/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : LOOK_AGAIN),
    staleTime: 0,
  });

export const tones: Record<string, Tone> = { active: 'good', paused: 'warn', draft: 'quiet' };

export const runTones: Record<string, Tone> = {
  queued: 'quiet',
  running: 'warn',
  waiting: 'warn',
  succeeded: 'good',
  failed: 'bad',
  stopped: 'warn',
  cancelled: 'quiet',
};

export function reloadAutomations(): void {
  reread(keys.automations);
}

live.subscribe((event) => {
  if (event !== 'reset' && event.type === 'automation.updated') reloadAutomations();
});
