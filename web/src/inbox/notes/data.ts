import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import { newKey } from '@/api/secure';
import { reread } from '@/api/told';
import type { Me, Note, Notification, Page } from '@/api/types';
import { words } from '@/words';
import { isFresh, ring, show } from '../state/announce';
import { readPreferences } from '../state/preferences';
import { piecesOf } from './markdown';

const say = words.notes;

const MOST = 200;

/** The latest notes about a contact, the newest first. */
export const useNotes = (contact: string) =>
  useQuery<Note[]>({
    queryKey: keys.notes(contact),
    queryFn: async () => {
      const options = { params: { path: { id: contact }, query: { limit: MOST } } };
      return (await ask(api.GET('/api/contacts/{id}/notes', options))).items as Note[];
    },
  });

const notifications = {
  queryKey: keys.notifications,
  queryFn: async () => {
    const options = { params: { query: { limit: 50 } } };
    return ((await ask(api.GET('/api/notifications', options))) as Page<Notification>).items;
  },
};

export const useNotifications = () => useQuery<Notification[]>(notifications);

/** @param conversation in which it was written; none on the contact's own page. */
export const writeNote = (contact: string, conversation: string | undefined, content: string, type: string) =>
  ask(
    api.POST('/api/contacts/{id}/notes', {
      params: { path: { id: contact } },
      headers: { 'Idempotency-Key': newKey() },
      body: { content, type, conversation_id: conversation },
    }),
  );

export const changeNote = (note: Note, content: string, type: string) =>
  ask(
    api.PATCH('/api/notes/{id}', {
      params: { path: { id: note.id } },
      body: { content, type, version: Number(note.version) },
    }),
  );

export const deleteNote = (note: Note) => ask(api.DELETE('/api/notes/{id}', { params: { path: { id: note.id } } }));

export async function readNotifications(): Promise<void> {
  await ask(api.PUT('/api/notifications/read'));
  reread(keys.notifications);
}

/** What the stream tells of notes: ids only, because not everybody may read them. */
live.subscribe((event) => {
  if (event === 'reset') return;
  if (event.type.startsWith('note.') && event.contact_id) reread(keys.notes(event.contact_id));
  if (event.type === 'note.deleted') reread(keys.notifications);
  if (event.type === 'notification.created' && event.user_id === queries.getQueryData<Me>(keys.me)?.user?.id)
    void tellNamed();
});

const told = new Set<string>();

/** What came for me is read, and told once, from one tab: that a colleague named me. Where it cannot be read, the bell shows it later. */
async function tellNamed(): Promise<void> {
  const found = await queries.fetchQuery<Notification[]>({ ...notifications, staleTime: 0 }).catch(() => []);
  if (!live.leads) return;
  for (const one of found) {
    if (one.kind !== 'mention' || one.read_at !== null || !isFresh(one.created_at) || told.has(one.id)) continue;
    told.add(one.id);
    const to = placeOf(one);
    ring(await readPreferences(), {
      title: titleOf(one),
      body: plain(one.preview),
      tag: one.id,
      run: () => to && show(to),
    });
  }
}

export const titleOf = (one: Notification) =>
  say.told[one.kind] ?? say.named(one.from_name ?? say.program, one.contact_name ?? say.somebody);

/** Where what is told of itself is looked after. */
const places: Record<string, string> = {
  webhook_disabled: '/settings/webhooks',
  campaign_paused: '/campaigns',
};

/** Where it leads; a contact without a conversation has a page too. */
export function placeOf(one: Notification): string | undefined {
  if (one.kind in places) return places[one.kind];
  if (one.conversation_id) return `/inbox/all/${one.conversation_id}`;
  return one.contact_id ? `/contacts/${one.contact_id}` : undefined;
}

/** A note in one line, without its signs. */
export const plain = (content: string) =>
  piecesOf(content.replace(/\s+/gu, ' '))
    .map((piece) => (piece.kind === 'mention' ? `@${piece.text}` : piece.text))
    .join('');
