import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import { queriesUnder, reread } from '@/api/told';
import type { Conversation, FeedEvent, Message } from '@/api/types';
import { isAboutSchedule } from '../schedule/data';
import { announce } from './announce';
import {
  applyConversation,
  cachedConversations,
  cutLists,
  findCached,
  removeConversation,
  renameContact,
  wakeSnoozed,
} from './lists';
import { applyMessage } from './threads';

const PAUSE = 24; // a burst is written once: its last state counts

let waiting: FeedEvent[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Writes what the stream tells into what is loaded; nothing is asked for again that the event brought along. */
export function follow(): () => void {
  const clock = setInterval(wakeSnoozed, 15_000);
  const leave = live.subscribe((event) => {
    if (event === 'reset') {
      waiting = [];
      void reloadAll();
      return;
    }
    waiting.push(event);
    if (timer === undefined) timer = setTimeout(flush, PAUSE);
  });
  return () => {
    clearInterval(clock);
    leave();
  };
}

/** Everything may have changed: the server forgot how far we were. */
export async function reloadAll(): Promise<void> {
  // What is under way may have been answered before that, or hang on a line that is no more: it begins again.
  await queries.cancelQueries();
  cutLists();
  reread([]);
}

function flush(): void {
  timer = undefined;
  const events = waiting;
  waiting = [];
  const messages = new Map<string, Message>();
  const conversations = new Map<string, Conversation>();
  const contacts = new Set<string>();
  const outdated = new Set<readonly unknown[]>();
  const threads = new Set<string>();
  for (const event of events) {
    // What was queued and could not leave in time waits again: it is out of the thread.
    if (event.message?.schedule?.state === 'needs_decision') threads.add(event.message.conversation_id);
    if (event.message && !event.message.schedule) messages.set(event.message.id, event.message);
    if (event.conversation) conversations.set(event.conversation.id, event.conversation);
    if (event.type === 'conversation.merged' && event.conversation_id) {
      removeConversation(event.conversation_id);
      outdated.add(keys.threads); // its messages stand in another one now
    }
    if (event.type.startsWith('contact.') && event.contact_id) contacts.add(event.contact_id);
    if (event.type === 'contact.merged' || event.type === 'contact.unmerged') outdated.add(keys.conversations);
    if (/^contacts?\./.test(event.type)) outdated.add(keys.contacts);
    if (event.type === 'integration.updated') outdated.add(keys.integrations);
    if (event.type === 'label.updated') {
      outdated.add(keys.labels);
      outdated.add(keys.conversations);
    }
    if (event.type === 'view.updated') outdated.add(keys.views);
    if (isAboutSchedule(event)) outdated.add(keys.scheduled);
    if (event.type === 'template.updated') outdated.add(keys.allTemplates);
  }
  if (outdated.has(keys.conversations)) cutLists();
  for (const key of outdated) reread(key);
  for (const thread of threads) reread(keys.thread(thread));
  const had = new Map([...conversations.keys()].map((id) => [id, findCached(id)?.assigned_user_id] as const));
  for (const message of messages.values()) applyMessage(message);
  for (const conversation of conversations.values()) applyConversation(conversation);
  for (const contact of contacts) void refreshContact(contact);
  announce(events, had);
}

/** Contacts that are being read anew: what changes meanwhile is read once more, so that no older answer is the last. */
const refreshing = new Map<string, { isStale: boolean }>();

async function refreshContact(id: string): Promise<void> {
  const underWay = refreshing.get(id);
  if (underWay) {
    underWay.isStale = true;
    return;
  }
  const isKept = () => queriesUnder(keys.contact(id)).length > 0;
  if (!isKept() && !cachedConversations().some((one) => one.contact_id === id)) return;
  const reading = { isStale: true };
  refreshing.set(id, reading);
  try {
    while (reading.isStale) {
      reading.isStale = false;
      const contact = await ask(api.GET('/api/contacts/{id}', { params: { path: { id } } }));
      if (reading.isStale) continue;
      if (isKept()) {
        await queries.cancelQueries({ queryKey: keys.contact(id) });
        queries.setQueryData(keys.contact(id), contact);
      }
      renameContact(id, contact.name);
    }
  } catch {
    // Read again with its next change, or when the stream begins anew.
  } finally {
    refreshing.delete(id);
  }
}
