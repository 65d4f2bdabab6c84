import { api, ask } from '@/api/client';
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

/** Tells people of what they would not see: a customer's message, what became theirs, and one of their own that did not go out.
 * @param had who had these conversations until now, as far as the page knew them. */
export function announce(events: readonly FeedEvent[], had: ReadonlyMap<string, string | null | undefined>): void {
  const me = queries.getQueryData<Me>(keys.me)?.user?.id;
  if (me) void tellGiven(me, newlyOf(me, events, had));
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
  lately.set(conversation.id, Date.now());
  ring(preferences, {
    title: conversation.contact_name ?? conversation.handle,
    body: message ? previewOf(message.type, message.content) : words.labels.woken,
    tag: conversation.id,
    run: () => show({ conversation: conversation.id }),
  });
}

/** Who has a conversation, as the stream told last. */
const holders = new Map<string, string | null | undefined>();
const MOST_HOLDERS = 5000;
/** Of which conversations something was told, and when. */
const lately = new Map<string, number>();

/** Conversations that are somebody's by these events and were not before: found for them, or given to them. */
export function newlyOf(
  me: string,
  events: readonly FeedEvent[],
  had: ReadonlyMap<string, string | null | undefined>,
): { conversation: Conversation; at: string }[] {
  const assigned = new Set(events.map((event) => event.type === 'assignment.updated' && event.contact_id));
  const given = new Map<string, { conversation: Conversation; at: string }>();
  if (holders.size > MOST_HOLDERS) holders.clear();
  for (const { type, conversation, at } of events) {
    if (!conversation) continue;
    const before = holders.has(conversation.id) ? holders.get(conversation.id) : had.get(conversation.id);
    const now = conversation.assigned_user_id;
    holders.set(conversation.id, now);
    if (type !== 'conversation.updated' || now !== me) continue;
    // Of one that the page never saw, only an assignment beside it tells that it is new to me.
    if (before === undefined ? assigned.has(conversation.contact_id) : before !== me)
      given.set(conversation.id, { conversation, at });
  }
  return [...given.values()];
}

/** More at once are told in one line. */
const EACH = 3;
/** A team may be given hundreds at once: so many are asked about at a time. */
const AT_ONCE = 10;

interface Given {
  conversation: Conversation;
  by: string | undefined;
}

/** A conversation that is to be told of, and who gave it; nothing for one that is looked at, or that I took. */
async function toTell(me: string, conversation: Conversation): Promise<Given | undefined> {
  if (await isSeenSomewhere(conversation.id)) return undefined;
  const options = { params: { path: { id: conversation.contact_id } } };
  const now = await ask(api.GET('/api/contacts/{id}/assignment', options)).catch(() => undefined);
  if (now?.user_id !== me) return undefined;
  // One that is mine for long: a new conversation of the same person.
  const by = isFresh(now.updated_at) ? (now.assigned_by ?? undefined) : undefined;
  if (by === `user:${me}` || ((!by || by === 'system') && conversation.is_read)) return undefined;
  return { conversation, by };
}

/** Tells of what became mine: what came in and was found to be mine, and what a colleague gives me; not of what I took. */
async function tellGiven(me: string, given: { conversation: Conversation; at: string }[]): Promise<void> {
  const fresh = given.filter(({ conversation, at }) => isFresh(at) && !isTold(conversation.id));
  if (!live.leads || fresh.length === 0) return;
  const told: Given[] = [];
  for (let at = 0; at < fresh.length; at += AT_ONCE) {
    const some = await Promise.all(fresh.slice(at, at + AT_ONCE).map(({ conversation }) => toTell(me, conversation)));
    told.push(...some.filter((one) => one !== undefined));
  }
  if (told.length === 0) return;
  const preferences = await readPreferences();
  const untold = told.filter((one) => !isTold(one.conversation.id));
  if (untold.length > EACH) {
    for (const { conversation } of untold) lately.set(conversation.id, Date.now());
    ring(preferences, {
      title: words.assignment.areYours(untold.length),
      body: '',
      tag: 'given',
      run: () => show('/inbox/mine'),
    });
    return;
  }
  for (const { conversation, by } of untold) {
    lately.set(conversation.id, Date.now());
    ring(preferences, {
      title: conversation.contact_name ?? conversation.handle,
      body: by && by !== 'system' ? words.assignment.isYours : (conversation.last_message_preview ?? ''),
      tag: conversation.id,
      run: () => show({ conversation: conversation.id }),
    });
  }
}

function isTold(conversation: string): boolean {
  for (const [id, at] of lately) if (Date.now() - at > FRESH) lately.delete(id);
  return lately.has(conversation);
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
