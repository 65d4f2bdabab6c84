import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { queries } from '@/api/queries';
import { newKey } from '@/api/secure';
import type { Note, Notification, Page } from '@/api/types';

const MOST = 200;

/** The latest notes about a contact, the newest first. */
export const useNotes = (contact: string) =>
  useQuery<Note[]>({
    queryKey: keys.notes(contact),
    queryFn: async () => {
      await live.ready;
      const options = { params: { path: { id: contact }, query: { limit: MOST } } };
      return (await ask(api.GET('/api/contacts/{id}/notes', options))).items as Note[];
    },
  });

export const useNotifications = () =>
  useQuery<Notification[]>({
    queryKey: keys.notifications,
    queryFn: async () => {
      await live.ready;
      const options = { params: { query: { limit: 50 } } };
      return ((await ask(api.GET('/api/notifications', options))) as Page<Notification>).items;
    },
  });

export const writeNote = (contact: string, conversation: string, content: string, type: string) =>
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
  await queries.invalidateQueries({ queryKey: keys.notifications });
}

/** What the stream tells of notes: ids only, because not everybody may read them. */
live.subscribe((event) => {
  if (event === 'reset') return;
  if (event.type.startsWith('note.') && event.contact_id)
    void queries.invalidateQueries({ queryKey: keys.notes(event.contact_id) });
  if (event.type === 'notification.created' || event.type === 'note.deleted')
    void queries.invalidateQueries({ queryKey: keys.notifications });
});
