import { live } from '@/api/live';
import type { Conversation, Message } from '@/api/types';
import { notificationsAreOn } from '@/app/notices/notifications';
import { previewOf } from '../message/preview';

let watched: string | undefined;

/** Which conversation is before somebody's eyes. */
export function watch(conversation: string | undefined): void {
  watched = conversation;
}

const FRESH = 60_000;

/** A browser notification for a customer's message; from one tab only, and not for what is being looked at or was caught up on. */
export function announce(message: Message, conversation: Conversation): void {
  if (!live.leads || !notificationsAreOn() || Date.now() - Date.parse(message.created_at) > FRESH) return;
  if (document.visibilityState === 'visible' && document.hasFocus() && watched === conversation.id) return;
  const notification = new Notification(conversation.contact_name ?? conversation.handle, {
    body: previewOf(message.type, message.content),
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
