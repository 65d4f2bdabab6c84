import type { InfiniteData } from '@tanstack/react-query';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import type { Conversation, Page } from '@/api/types';

/** Every conversation that this page has loaded, the newest first. */
export function cachedConversations(): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const [, data] of queries.getQueriesData<InfiniteData<Page<Conversation>>>({
    queryKey: [...keys.conversations, 'list'],
  }))
    for (const page of data?.pages ?? [])
      for (const conversation of page.items) found.set(conversation.id, conversation);
  return [...found.values()].sort((a, b) => b.last_message_at.localeCompare(a.last_message_at));
}
