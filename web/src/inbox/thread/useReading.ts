import { useEffect, useSyncExternalStore } from 'react';
import type { Conversation } from '@/api/types';
import { changeConversation } from '../state/changes';
import { isLooking } from '../state/reader';

const READ_AFTER = 400;
const events = ['visibilitychange', 'focus', 'blur'] as const;

function watch(listener: () => void): () => void {
  for (const event of events) addEventListener(event, listener, true);
  return () => {
    for (const event of events) removeEventListener(event, listener, true);
  };
}

/** Whether somebody is at the page. */
export const useIsLooking = () => useSyncExternalStore(watch, isLooking);

/** What is before somebody's eyes, the thread's end, is read: for the whole team, and only by those who may say so.
 * What comes after the latest message that is shown is not read by it. */
export function useReading(conversation: Conversation, isReading: boolean, latest: string | undefined): void {
  const mustRead = isReading && !conversation.is_read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time begins again when a message comes, not with every change
  useEffect(() => {
    if (!mustRead) return;
    const timer = setTimeout(
      () => void changeConversation(conversation, { kind: 'read', upTo: latest }, { silent: true }),
      READ_AFTER,
    );
    return () => clearTimeout(timer);
  }, [mustRead, conversation.id, conversation.unread_count, latest]);
}
