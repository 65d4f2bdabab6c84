import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { usePages } from '@/api/pages';
import { reread } from '@/api/told';
import type { EventType, Page, WebhookDelivery, WebhookEndpoint } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import { webhookWords as say } from '@/words/webhooks';

const LOOK_AGAIN = 4000;

/** All of them, with how they stand; deliveries are no events of their own, so it looks again while it is shown. */
export const useEndpoints = () =>
  useQuery<WebhookEndpoint[]>({
    queryKey: keys.webhookEndpoints,
    queryFn: async () => (await ask(api.GET('/api/webhook-endpoints'))).items as WebhookEndpoint[],
    refetchInterval: LOOK_AGAIN,
    staleTime: 0,
  });

export const useEventTypes = () =>
  useQuery<EventType[]>({
    queryKey: keys.eventTypes,
    queryFn: async () => (await ask(api.GET('/api/webhook-endpoints/event-types'))).items as EventType[],
  });

/** The log of an endpoint; its first page looks again while it is shown. */
export function useDeliveries(endpoint: string, status: string) {
  const queryKey = keys.deliveryList(endpoint, { status });
  const query = usePages<WebhookDelivery>(
    queryKey,
    (cursor) =>
      ask(
        api.GET('/api/webhook-endpoints/{id}/deliveries', {
          params: { path: { id: endpoint }, query: { cursor, status: status || undefined } },
        }),
      ) as Promise<Page<WebhookDelivery>>,
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

export const useDelivery = (endpoint: string, id: string) =>
  useQuery<WebhookDelivery>({
    queryKey: keys.delivery(endpoint, id),
    queryFn: () =>
      ask(api.GET('/api/webhook-deliveries/{id}', { params: { path: { id } } })) as Promise<WebhookDelivery>,
    // While it waits, its next try may come at any moment.
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? LOOK_AGAIN : false),
    staleTime: 0,
  });

export const deliveryTones: Record<string, Tone> = {
  pending: 'warn',
  delivered: 'good',
  failed: 'bad',
  skipped: 'quiet',
};

export function standingOf(endpoint: WebhookEndpoint): { tone: Tone; text: string } {
  if (endpoint.status !== 'active') return { tone: endpoint.disabled_reason ? 'bad' : 'quiet', text: say.off };
  if (endpoint.failing_since) return { tone: 'warn', text: say.failing };
  return endpoint.last_success_at ? { tone: 'good', text: say.working } : { tone: 'quiet', text: say.quiet };
}

export const hearsOf = (endpoint: WebhookEndpoint) =>
  endpoint.event_types.length === 0 ? say.everything : say.types(endpoint.event_types.length);

/** What an endpoint is called: what it is for, or where it is. */
export const nameOf = (endpoint: WebhookEndpoint) => endpoint.description || new URL(endpoint.url).host;

export function reloadEndpoint(id: string): void {
  reread(keys.webhookEndpoints);
  reread(keys.deliveries(id));
}

live.subscribe((event) => {
  if (event !== 'reset' && event.type === 'webhook_endpoint.updated') reread(keys.webhookEndpoints);
});
