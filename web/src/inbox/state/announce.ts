import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import type { Conversation, FeedEvent, Me, Message } from '@/api/types';
import { notify } from '@/app/notices';
import { notificationsAreOn } from '@/app/notices/notifications';
import { words } from '@/words';
import { previewOf } from '../message/preview';
import { type NotificationPreferences, playTone, readPreferences } from './preferences';
import { isSeenSomewhere } from './reader';

const FRESH = 60_000;
export const isFresh = (at: string | null) => at !== null && Date.now() - Date.parse(at) < FRESH;

/** What the frame is asked to show. */
export interface Shown {
  conversation: string;
  message?: string;
}

/** Asks the frame to show a conversation, or an address of the page, from whatever screen. */
export const OPEN = 'parley:open';
export const show = (detail: Shown | string) => dispatchEvent(new CustomEvent<Shown | string>(OPEN, { detail }));

/** Tells people of what they would not see: a customer's message, and one of their own that did not go out. */
export function announce(events: readonly FeedEvent[]): void {
  for (const { type, message, conversation, at } of events) {
    if (!conversation) continue;
    if (type === 'conversation.woken') void tell(undefined, conversation, at);
    else if (!message) continue;
    else if (type === 'message.created' && message.direction === 'inbound')
      void tell(message, conversation, message.created_at);
    else if (message.status === 'failed' && message.direction === 'outbound')
      void announceFailure(message, conversation);
  }
}

/** Tells of a customer's message, or of a conversation that is back from its snooze; from one tab only, and not of what is being looked
 * at in any tab, was caught up on, or is somebody else's when one wants to hear of one's own. */
async function tell(message: Message | undefined, conversation: Conversation, at: string | null): Promise<void> {
  if (!live.leads || !isFresh(at)) return;
  if (await isSeenSomewhere(conversation.id)) return;
  const preferences = await readPreferences();
  if (!concerns(conversation, preferences.notify_about)) return;
  ring(preferences, {
    title: conversation.contact_name ?? conversation.handle,
    body: message ? previewOf(message.type, message.content) : words.labels.woken,
    tag: conversation.id,
    run: () => show({ conversation: conversation.id }),
  });
}

/** Whether somebody wants to be told of a conversation: of their own, of those and what nobody has, or of all. */
export function concerns(conversation: Conversation, about: string): boolean {
  if (about === 'all') return true;
  const holder = conversation.assigned_user_id;
  if (!holder && about === 'assigned') return true;
  return holder === queries.getQueryData<Me>(keys.me)?.user?.id;
}

/** A sound and a notification of the browser, as far as they are wanted. */
export function ring(
  { sound, desktop }: NotificationPreferences,
  { title, body, tag, run }: { title: string; body: string; tag: string; run: () => void },
): void {
  if (sound) playTone();
  if (!desktop || !notificationsAreOn()) return;
  const notification = new Notification(title, {
    body,
    tag,
    icon: '/favicon.svg',
    lang: document.documentElement.lang,
  });
  notification.onclick = () => {
    window.focus();
    run();
    notification.close();
  };
}

/** Failures that were told already: later changes of such a message tell nothing new. */
const toldOf = new Set<string>();

/** A quiet line where the one who wrote it is by now. */
async function announceFailure(message: Message, conversation: Conversation): Promise<void> {
  const me = queries.getQueryData<Me>(keys.me);
  const attempt = `${message.id} ${message.attempt}`;
  if (!me?.user || message.author !== `user:${me.user.id}` || !isFresh(message.failed_at) || toldOf.has(attempt))
    return;
  toldOf.add(attempt);
  if (document.visibilityState !== 'visible' || (await isSeenSomewhere(conversation.id))) return;
  tellUnsent(conversation, message.failure?.words, {
    conversation: conversation.id,
    message: message.id,
  });
}

/** @param why in words, where it is known. */
export function tellUnsent(conversation: Conversation | undefined, why: string | undefined, where: Shown): void {
  const name = conversation?.contact_name ?? conversation?.handle;
  notify(words.inbox.notSent(name ?? words.inbox.aCustomer, why ?? words.inbox.failedWithoutWords), {
    isBad: true,
    action: { name: words.inbox.showIt, run: () => show(where) },
  });
}
