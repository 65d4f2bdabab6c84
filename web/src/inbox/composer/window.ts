import type { Conversation } from '@/api/types';
import { words } from '@/words';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SOON = 2 * HOUR;

export type ReplyWindow = { state: 'none' } | { state: 'closed' } | { state: 'open' | 'soon'; left: string };

/** Whether one may still write freely. Where there is a window, one that never opened is a closed one. */
export function windowOf(
  conversation: Pick<Conversation, 'has_reply_window' | 'reply_window_ends_at'>,
  now: number,
): ReplyWindow {
  if (!conversation.has_reply_window) return { state: 'none' };
  const left = conversation.reply_window_ends_at === null ? 0 : Date.parse(conversation.reply_window_ends_at) - now;
  if (left <= 0) return { state: 'closed' };
  return { state: left < SOON ? 'soon' : 'open', left: durationOf(left) };
}

function durationOf(left: number): string {
  const hours = Math.floor(left / HOUR);
  const minutes = Math.floor((left % HOUR) / MINUTE);
  return words.inbox.composer.duration(hours, hours >= 12 ? 0 : Math.max(hours > 0 ? 0 : 1, minutes));
}
