import { live } from '@/api/live';
import type { Conversation, Message } from '@/api/types';
import { notificationsAreOn } from '@/app/notices/notifications';
import { words } from '@/words';
import { previewOf } from '../message/preview';
import { playTone, readPreferences } from './preferences';

let watched: string | undefined;

/** Which conversation is before somebody's eyes. */
export function watch(conversation: string | undefined): void {
  watched = conversation;
}

const FRESH = 60_000;

/** A browser notification for a customer's message, or for a conversation that is back from its snooze; from one tab only, and
 * not for what is being looked at or was caught up on. */
export function announce(message: Message | undefined, conversation: Conversation, at = message?.created_at): void {
  if (!live.leads || !at || Date.now() - Date.parse(at) > FRESH) return;
  if (document.visibilityState === 'visible' && document.hasFocus() && watched === conversation.id) return;
  void readPreferences().then(({ sound, desktop }) => {
    if (sound) playTone();
    if (desktop && notificationsAreOn()) show(message, conversation);
  });
}

function show(message: Message | undefined, conversation: Conversation): void {
  const notification = new Notification(conversation.contact_name ?? conversation.handle, {
    body: message ? previewOf(message.type, message.content) : words.labels.woken,
    tag: conversation.id,
    icon: '/favicon.svg',
    lang: document.documentElement.lang,
  });
  notification.onclick = () => {
    window.focus();
    dispatchEvent(new CustomEvent(OPEN, { detail: conversation.id }));
    notification.close();
  };
}

/** Asks the inbox to show a conversation. */
export const OPEN = 'parley:open';
