import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { usePages } from '@/api/pages';
import { queries } from '@/api/queries';
import type { Page } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import type { Definition } from './definition';

const LOOK_AGAIN = 3000;

/** An automation, as it is stored. */
export interface Automation extends Definition {
  id: string;
  status: string;
  version: number;
  execution_count: number;
  success_count: number;
  failure_count: number;
  last_triggered_at: string | null;
  next_at: string | null;
  status_reason: string | null;
}

/** One time that it happened; the steps come with a single one only. */
export interface Run {
  id: string;
  automation_id: string;
  trigger_type: string;
  trigger: unknown;
  conversation_id: string | null;
  contact_id: string | null;
  contact_name: string | null;
  caused_by: string | null;
  status: string;
  reason: string | null;
  resume_at: string | null;
  created_at: string;
  finished_at: string | null;
  steps: RunStep[] | null;
}

export interface RunStep {
  position: number;
  type: string;
  status: string;
  attempts: number;
  input: unknown;
  result: unknown;
  error: string | null;
}

/** What would happen. */
export interface DryRun {
  would_run: boolean;
  reason: string | null;
  conditions: { type: string; holds: boolean; words: string }[];
  steps: { position: number; type: string; input: unknown; error: string | null }[];
}

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
  const query = usePages<Run>(
    keys.automationRuns(automation, { status }),
    (cursor) =>
      ask(
        api.GET('/api/automations/{id}/runs', {
          params: { path: { id: automation }, query: { status: status || undefined, cursor } },
        }),
      ) as Promise<Page<unknown>> as Promise<Page<Run>>,
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
    queryFn: () =>
      ask(api.GET('/api/automation-runs/{id}', { params: { path: { id } } })) as Promise<unknown> as Promise<Run>,
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
  void queries.invalidateQueries({ queryKey: keys.automations });
}

live.subscribe((event) => {
  if (event !== 'reset' && event.type === 'automation.updated') reloadAutomations();
});
