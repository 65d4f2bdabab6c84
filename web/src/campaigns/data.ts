import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { newKey } from '@/api/secure';
import { reread } from '@/api/told';
import type { Page } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import { campaignWords as say } from '@/words/campaigns';
import type { Campaign, CampaignRequest, Preview, Recipient, Series } from './types';

const LOOK_AGAIN = 5000;
const whole = (id: string) => ['whole-campaigns', id];
const one = (id: string) => ({ params: { path: { id } } });

export const useCampaigns = (filter: { q: string; status: string }) =>
  usePages<Campaign>(
    [...keys.campaigns, 'list', filter],
    (cursor) =>
      ask(
        api.GET('/api/campaigns', {
          params: { query: { cursor, q: filter.q || undefined, status: filter.status || undefined } },
        }),
      ) as unknown as Promise<Page<Campaign>>,
  );

/** While it runs, what is told of it is a hint; it is asked for now and then as well. */
export const useCampaign = (id: string) =>
  useQuery<Campaign, Problem>({
    queryKey: [...keys.campaigns, 'one', id],
    queryFn: () =>
      ask(
        api.GET('/api/campaigns/{id}', { params: { path: { id }, query: { recipients: false } } }),
      ) as unknown as Promise<Campaign>,
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? LOOK_AGAIN : false),
    staleTime: 0,
  });

/** With its list of numbers, for whoever changes it. */
export const useWholeCampaign = (id: string) =>
  useQuery<Campaign, Problem>({
    queryKey: whole(id),
    queryFn: () => ask(api.GET('/api/campaigns/{id}', one(id))) as unknown as Promise<Campaign>,
    staleTime: 0,
  });

export const usePreview = (id: string, version: number) =>
  useQuery<Preview, Problem>({
    queryKey: ['campaign-previews', id, version],
    queryFn: () => ask(api.GET('/api/campaigns/{id}/preview', one(id))),
    staleTime: 0,
  });

export const useSeries = (campaign: Campaign) =>
  useQuery<Series, Problem>({
    queryKey: [...keys.campaigns, 'series', campaign.id],
    queryFn: () => ask(api.GET('/api/campaigns/{id}/series', one(campaign.id))),
    refetchInterval: isUnderWay(campaign) ? LOOK_AGAIN : false,
    staleTime: 0,
  });

export const useRecipients = (id: string, status: string) =>
  usePages<Recipient>([...keys.campaigns, 'recipients', id, status], (cursor) =>
    ask(
      api.GET('/api/campaigns/{id}/recipients', {
        params: { path: { id }, query: { cursor, status: status || undefined } },
      }),
    ),
  );

export const exportAddress = (id: string, status: string) =>
  `/api/campaigns/${id}/recipients/export${status ? `?status=${status}` : ''}`;

export const renderFor = (id: string, whom: { contact_id: string } | { to: string }) =>
  ask(api.GET('/api/campaigns/{id}/rendering', { params: { path: { id }, query: whom } }));

const ifStill = (version: number | undefined) => (version === undefined ? {} : { 'If-Match': String(version) });

/** A draft, or a scheduled one: new, or anew as a whole. */
export async function saveCampaign(body: CampaignRequest, before: Campaign | undefined, key: string) {
  const saved = (await (before
    ? ask(
        api.PUT('/api/campaigns/{id}', {
          ...one(before.id),
          body: body as never,
          headers: ifStill(before.version) as never,
        }),
      )
    : ask(
        api.POST('/api/campaigns', { body: body as never, headers: { 'Idempotency-Key': key } }),
      ))) as unknown as Campaign;
  keep(saved);
  return saved;
}

export const acts = ['start', 'pause', 'resume', 'cancel', 'unschedule', 'retry'] as const;
export type Act = (typeof acts)[number];

/** @param seen the version that somebody looked at: another one is refused. */
export async function act(id: string, name: Act, seen?: number): Promise<Campaign> {
  const changed = (await ask(
    api.POST(`/api/campaigns/{id}/${name}` as '/api/campaigns/{id}/start', {
      ...one(id),
      headers: { 'Idempotency-Key': newKey(), ...ifStill(seen) } as never,
    }),
  )) as unknown as Campaign;
  keep(changed);
  return changed;
}

export async function schedule(seen: Campaign, scheduled_at: string, time_zone: string): Promise<Campaign> {
  const changed = (await ask(
    api.POST('/api/campaigns/{id}/schedule', {
      ...one(seen.id),
      body: { scheduled_at, time_zone },
      headers: ifStill(seen.version) as never,
    }),
  )) as unknown as Campaign;
  keep(changed);
  return changed;
}

export const sendTest = (id: string, to: string) =>
  ask(
    api.POST('/api/campaigns/{id}/test', {
      ...one(id),
      body: { to },
      headers: { 'Idempotency-Key': newKey() } as never,
    }),
  );

export async function removeCampaign(id: string): Promise<void> {
  await ask(api.DELETE('/api/campaigns/{id}', one(id)));
  reread([...keys.campaigns, 'list']);
}

function keep(campaign: Campaign): void {
  queries.setQueryData([...keys.campaigns, 'one', campaign.id], campaign);
  if (campaign.recipients) queries.setQueryData(whole(campaign.id), campaign);
  else reread(whole(campaign.id));
  reload();
}

const reload = () => reread(keys.campaigns);

export const isUnderWay = (campaign: Campaign | undefined) =>
  campaign?.status === 'running' || (campaign?.status === 'paused' && campaign.counts.queued > 0);

/** Those about whom nothing more is awaited, of those who should get it. */
export function progressOf({ counts }: Campaign): { done: number; total: number } {
  const done = counts.sent + counts.delivered + counts.read + counts.failed + counts.needs_review;
  return { done, total: done + counts.pending + counts.queued };
}

const tones: Record<string, Tone> = { running: 'good', paused: 'warn', scheduled: 'good', completed: 'good' };
export function standingOf(campaign: Campaign): { tone: Tone; text: string } {
  const isBraked = campaign.status === 'paused' && campaign.pause_cause !== 'user';
  const phase = campaign.status === 'running' ? say.phases[campaign.phase ?? ''] : undefined;
  return {
    tone: isBraked ? 'bad' : (tones[campaign.status] ?? 'quiet'),
    text: phase ?? say.states[campaign.status] ?? campaign.status,
  };
}

export const recipientTones: Record<string, Tone> = {
  delivered: 'good',
  read: 'good',
  failed: 'bad',
  needs_review: 'warn',
};

// A campaign at full speed is told of often: what is shown is read anew at most once a second.
const PAUSE = 1000;
let waits: ReturnType<typeof setTimeout> | undefined;
live.subscribe((event) => {
  if (event === 'reset' || event.type !== 'campaign.updated' || waits) return;
  waits = setTimeout(() => {
    waits = undefined;
    reload();
  }, PAUSE);
});
