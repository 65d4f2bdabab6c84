import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import type { Conversation, FeedEvent, Message } from '@/api/types';
import { isAboutSchedule, refreshScheduled } from '../schedule/data';
import { announce } from './announce';
import {
  applyConversation,
  cachedConversations,
  reloadLists,
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
async function reloadAll(): Promise<void> {
  await reloadLists();
  await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'conversations' });
}

function flush(): void {
  timer = undefined;
  const events = waiting;
  waiting = [];
  const messages = new Map<string, Message>();
  const conversations = new Map<string, Conversation>();
  const contacts = new Set<string>();
  for (const event of events) {
    if (event.message && !event.message.schedule) messages.set(event.message.id, event.message);
    if (event.conversation) conversations.set(event.conversation.id, event.conversation);
    if (event.type === 'conversation.merged' && event.conversation_id) removeConversation(event.conversation_id);
    if (event.type.startsWith('contact.') && event.contact_id) contacts.add(event.contact_id);
    if (event.type === 'contact.merged') void reloadLists();
    if (event.type === 'integration.updated') void queries.invalidateQueries({ queryKey: keys.integrations });
    if (event.type === 'label.updated') {
      void queries.invalidateQueries({ queryKey: keys.labels });
      void reloadLists();
    }
    if (event.type === 'view.updated') void queries.invalidateQueries({ queryKey: keys.views });
    if (isAboutSchedule(event)) refreshScheduled();
    if (event.type === 'template.updated') void queries.invalidateQueries({ queryKey: keys.allTemplates });
  }
  for (const message of messages.values()) applyMessage(message);
  for (const conversation of conversations.values()) applyConversation(conversation);
  for (const contact of contacts) void refreshContact(contact);
  for (const event of events)
    if (event.type === 'message.created' && event.message?.direction === 'inbound' && event.conversation)
      announce(event.message, event.conversation);
    else if (event.type === 'conversation.woken' && event.conversation)
      announce(undefined, event.conversation, event.at);
}

async function refreshContact(id: string): Promise<void> {
  const isShown = queries.getQueryData(keys.contact(id)) || cachedConversations().some((one) => one.contact_id === id);
  if (!isShown) return;
  const contact = await ask(api.GET('/api/contacts/{id}', { params: { path: { id } } }));
  queries.setQueryData(keys.contact(id), contact);
  renameContact(id, contact.name);
}
