import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { Contact, ContactChange, ContactImport, Merge, Message, Page, Suggestion } from '@/api/types';

export interface Filter {
  q: string;
  status: string;
  channel: string;
  talk: string;
  kind: string;
  /** Whether they want messages: true, false, or either. */
  out: string;
  label: string;
  /** Days, as 2026-01-31, by the clock of whoever looks; both count. */
  from: string;
  to: string;
  field: string;
}

/** No filter at all. */
export const everybody: Filter = {
  q: '',
  status: '',
  channel: '',
  talk: '',
  kind: '',
  out: '',
  label: '',
  from: '',
  to: '',
  field: '',
};

const startOf = (day: string, later = 0) => {
  const [year, month, date] = day.split('-').map(Number);
  const at = new Date(year ?? Number.NaN, (month ?? 1) - 1, (date ?? 1) + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
};

/** The filters as the server reads them; what is empty is left out. */
export const queryOf = (filter: Filter) => ({
  q: filter.q.trim() || undefined,
  status: filter.status || undefined,
  channel: filter.channel || undefined,
  has_conversation: filter.talk === '' ? undefined : filter.talk === 'true',
  kind: filter.kind || undefined,
  opted_out: filter.out === '' ? undefined : filter.out === 'true',
  label_id: filter.label || undefined,
  created_after: filter.from ? startOf(filter.from) : undefined,
  created_before: filter.to ? startOf(filter.to, 1) : undefined,
  field: filter.field.includes(':') ? [filter.field] : undefined,
});

/** Where the same contacts are as a file. */
export function exportAddress(filter: Filter): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(queryOf(filter)))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  return `/api/contacts/export?${search}`;
}

export const nameOf = (contact: Contact) =>
  contact.name ?? contact.phone ?? contact.email ?? contact.identities[0]?.handle ?? '';

export const useContacts = (filter: Filter) =>
  usePages<Contact>(keys.contactList(filter), (cursor) =>
    ask(api.GET('/api/contacts', { params: { query: { ...queryOf(filter), cursor } } })),
  );

export const useContact = (id: string) =>
  useQuery<Contact>({
    queryKey: keys.contact(id),
    queryFn: () => ask(api.GET('/api/contacts/{id}', { params: { path: { id } } })),
  });

export const useTimeline = (id: string) =>
  usePages<Message>(
    keys.contactMessages(id),
    (cursor) =>
      ask(api.GET('/api/contacts/{id}/messages', { params: { path: { id }, query: { cursor } } })) as Promise<
        Page<Message>
      >,
  );

/** Of one contact, or of all. */
export const useSuggestions = (contact: string) =>
  usePages<Suggestion>(keys.contactSuggestions(contact), (cursor) =>
    ask(api.GET('/api/contacts/suggestions', { params: { query: { contact_id: contact || undefined, cursor } } })),
  );

export const useMerges = (contact: string) =>
  usePages<Merge>(keys.contactMerges(contact), (cursor) =>
    ask(api.GET('/api/contacts/merges', { params: { query: { contact_id: contact, cursor } } })),
  );

export async function changeContact(id: string, part: ContactChange): Promise<void> {
  const changed = await ask(api.PATCH('/api/contacts/{id}', { params: { path: { id } }, body: part }));
  queries.setQueryData(keys.contact(id), changed);
  reread(keys.contacts);
}

export const mergeContacts = (stays: string, goes: string) =>
  ask(api.POST('/api/contacts/{id}/merge', { params: { path: { id: stays } }, body: { other_id: goes } })).then(reload);

export const undoMerge = (id: string) =>
  ask(api.POST('/api/contacts/merges/{id}/undo', { params: { path: { id } } })).then(reload);

export const dismiss = (id: string) =>
  ask(api.PUT('/api/contacts/suggestions/{id}/dismissal', { params: { path: { id } } })).then(reload);

export const reopen = (id: string) =>
  ask(api.DELETE('/api/contacts/suggestions/{id}/dismissal', { params: { path: { id } } })).then(reload);

export function reload<T>(done: T): T {
  reread(keys.contacts);
  return done;
}

/** Sends a CSV file to be looked at; nothing is imported by it. It goes as it is, without the client that speaks JSON. */
export async function uploadList(file: File): Promise<ContactImport> {
  const answer = await fetch(`/api/contacts/imports?file_name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: file,
  }).catch(() => undefined);
  if (!answer) throw Problem.unreachable();
  const body = await answer.json().catch(() => undefined);
  if (!answer.ok) throw Problem.from(answer.status, body);
  return body as ContactImport;
}

/** An import; asked for again while it runs. */
export const useImport = (id: string) =>
  useQuery<ContactImport>({
    queryKey: keys.import(id),
    queryFn: () => ask(api.GET('/api/contacts/imports/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 700 : false),
  });

export const useImports = () =>
  usePages<ContactImport>(keys.imports, (cursor) =>
    ask(api.GET('/api/contacts/imports', { params: { query: { cursor } } })),
  );

/** By name, with the code that their numbers begin with. */
export function countries(one: ContactImport) {
  const names = new Intl.DisplayNames(undefined, { type: 'region' });
  return (one.countries ?? [])
    .map(({ code, calling_code }) => ({ value: code, label: `${names.of(code) ?? code} (+${calling_code})` }))
    .sort((first, second) => first.label.localeCompare(second.label));
}
