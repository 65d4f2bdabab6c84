import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { channelName } from '@/parts/ChannelMark';

/** The latest conversations, as choices. */
export const useRecent = () =>
  useQuery({
    queryKey: keys.recentConversations,
    staleTime: 10_000,
    queryFn: async () =>
      (await ask(api.GET('/api/conversations', { params: { query: { limit: 50 } } }))).items.map((one) => ({
        value: one.id,
        label: `${one.contact_name ?? one.handle} · ${channelName(one.channel)}`,
      })),
  });

/** The last message that the customer wrote there. */
export async function lastReceived(conversation: string): Promise<string | undefined> {
  const options = { params: { path: { id: conversation }, query: { limit: 50 } } };
  const { items } = await ask(api.GET('/api/conversations/{id}/messages', options));
  return items
    .filter((message) => message.direction === 'inbound')
    .sort((one, other) => other.occurred_at.localeCompare(one.occurred_at))[0]?.id;
}
