import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { newKey } from '@/api/secure';
import { useMe } from '@/api/session';
import { queriesUnder, reread, tell } from '@/api/told';
import type { Presence } from '@/api/types';
import { FIELD } from '../composer/focus';

const STILL_TYPING = 4000;

/** This tab, for as long as it lives. */
const page = newKey();

/** Where all open pages of the team look. */
export const usePresence = () =>
  useQuery<Presence[]>({
    queryKey: keys.presence,
    queryFn: async () => (await ask(api.GET('/api/presence'))).items as Presence[],
  });

/** Who is there at all. */
export function useOnline(): Set<string> {
  const { data } = usePresence();
  return useMemo(() => new Set(data?.map((one) => one.user_id)), [data]);
}

/** The others who look at a contact; whoever types is first. */
export function useOthers(contact: string): { user: string; isTyping: boolean }[] {
  const { data } = usePresence();
  const { data: me } = useMe();
  const mine = me?.user?.id;
  return useMemo(() => {
    const found = new Map<string, boolean>();
    for (const one of data ?? [])
      if (one.contact_id === contact && one.user_id !== mine)
        found.set(one.user_id, found.get(one.user_id) === true || one.status === 'typing');
    return [...found].map(([user, isTyping]) => ({ user, isTyping })).sort((a, b) => +b.isTyping - +a.isTyping);
  }, [data, contact, mine]);
}

live.onPresence((changes) => {
  const moved = new Set(changes.map((one) => one.page_id));
  const put = (before: Presence[]) => [
    ...before.filter((one) => !moved.has(one.page_id)),
    ...changes.filter((one) => one.status !== 'gone'),
  ];
  for (const query of queriesUnder(keys.presence)) tell(query, put);
});
// What passed while the line was down was told to nobody.
live.watchState(() => {
  if (live.state === 'live') reread(keys.presence);
});

let said = { contact: undefined as string | undefined, isTyping: false };
let isHere = false;
/** At whom the screen looks; a tab that nobody sees looks at nobody. */
let shown: string | undefined;
let typingEnds: ReturnType<typeof setTimeout> | undefined;

function say(): void {
  if (!isHere) return;
  const body = { contact_id: said.contact ?? null, is_typing: said.isTyping };
  // Nothing that anybody waits for: the next one says it again.
  void ask(api.PUT('/api/presence/{page}', { params: { path: { page } }, body }), { silent: true }).catch(() => {});
}

/** The same as before, which needs no words; who has forgotten it is told anew. */
function repeat(): void {
  if (!isHere) return;
  void ask(api.PUT('/api/presence/{page}', { params: { path: { page } } }), { silent: true }).catch(say);
}

function change(next: Partial<typeof said>): void {
  const { contact, isTyping } = { ...said, ...next };
  if (contact === said.contact && isTyping === said.isTyping) return;
  said = { contact, isTyping };
  say();
}

function look(): void {
  clearTimeout(typingEnds);
  change({ contact: document.visibilityState === 'visible' ? shown : undefined, isTyping: false });
}

/** Says that somebody is here, on whatever screen, for as long as the page is open. */
export function useAmHere(isSomebody: boolean): void {
  useEffect(() => {
    if (!isSomebody) return;
    const type = (event: Event) => {
      if (!(event.target instanceof HTMLTextAreaElement) || event.target.id !== FIELD) return;
      clearTimeout(typingEnds);
      change({ isTyping: event.target.value !== '' });
      typingEnds = setTimeout(() => change({ isTyping: false }), STILL_TYPING);
    };
    const leave = () =>
      void fetch(`/api/presence/${page}`, { method: 'DELETE', keepalive: true, credentials: 'same-origin' }).catch(
        () => {},
      );
    isHere = true;
    say();
    const pulse = new Worker(new URL('./pulse.ts', import.meta.url), { type: 'module' });
    pulse.onmessage = repeat;
    document.addEventListener('visibilitychange', look);
    document.addEventListener('input', type);
    addEventListener('pagehide', leave);
    addEventListener('pageshow', say);
    return () => {
      clearTimeout(typingEnds);
      pulse.terminate();
      isHere = false;
      document.removeEventListener('visibilitychange', look);
      document.removeEventListener('input', type);
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', say);
    };
  }, [isSomebody]);
}

/** Says at whom this screen looks. */
export function useLookAt(contact: string | undefined): void {
  useEffect(() => {
    shown = contact;
    look();
    return () => {
      shown = undefined;
      look();
    };
  }, [contact]);
}
