import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import type { Conversation, Label, SavedView } from '@/api/types';
import { notify } from '@/app/notices';
import { applyConversation, findCached } from '../state/lists';

export const useLabels = () =>
  useQuery<Label[]>({ queryKey: keys.labels, queryFn: async () => (await ask(api.GET('/api/labels'))).items });

export const useSavedViews = () =>
  useQuery<SavedView[]>({ queryKey: keys.views, queryFn: async () => (await ask(api.GET('/api/views'))).items });

/** Puts a label on a conversation or takes it off: shown at once, taken back when the server refuses. */
export async function toggleLabel(conversation: Conversation, label: string): Promise<void> {
  const before = findCached(conversation.id) ?? conversation;
  const borne = before.labels ?? [];
  const has = borne.includes(label);
  applyConversation({
    ...before,
    labels: has ? borne.filter((one) => one !== label) : [...borne, label],
  });
  const options = { params: { path: { id: conversation.id, label } } };
  try {
    await (has
      ? ask(api.DELETE('/api/conversations/{id}/labels/{label}', options))
      : ask(api.PUT('/api/conversations/{id}/labels/{label}', options)));
  } catch (failure) {
    applyConversation(before);
    notify(Problem.of(failure).message, { isBad: true });
  }
}

/** The labels of a contact, by their ids. */
export const useContactLabels = (contact: string) =>
  useQuery<string[]>({
    queryKey: keys.contactLabels(contact),
    queryFn: async () =>
      (await ask(api.GET('/api/contacts/{id}/labels', { params: { path: { id: contact } } }))).map((label) => label.id),
  });

/** The same for a contact. */
export async function toggleContactLabel(contact: string, label: string, has: boolean): Promise<void> {
  const options = { params: { path: { id: contact, label } } };
  try {
    await (has
      ? ask(api.DELETE('/api/contacts/{id}/labels/{label}', options))
      : ask(api.PUT('/api/contacts/{id}/labels/{label}', options)));
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
  reread(keys.contactLabels(contact));
}
