import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { api, ask, onRefused, onSessionLost, speakFor } from './client';
import { keys } from './keys';
import { Problem } from './problem';
import { queries } from './queries';
import { storage } from './storage';
import type { Me, Role } from './types';

/** Tabs tell each other who signed in or out: no tab goes on showing what another has left. */
const tabs = new BroadcastChannel('parley.session');
let lost = false;
const listeners = new Set<() => void>();

function setLost(value: boolean): void {
  if (lost === value) return;
  lost = value;
  for (const listener of listeners) listener();
}

/** The server no longer knows us: asked for by whoever notices. */
export const loseSession = () => setLost(true);

onSessionLost(loseSession);

/** Something was refused that the page offered: somebody may have another role now, and the page shows what that one may. */
export const doubtRole = () => void queries.invalidateQueries({ queryKey: keys.me }, { cancelRefetch: false });

onRefused(doubtRole);

async function fetchMe(): Promise<Me> {
  const me = (await ask(api.GET('/api/me'), { silent: true })) as Me;
  belongTo(me);
  return me;
}

/** From now on this page keeps and says what it does for this person. */
function belongTo(me: Me): void {
  storage.belongsTo(me.user?.id ?? me.tenant_id);
  speakFor(me.user?.id);
}

/** Who is signed in. The problem is a 401 when nobody is. */
export const useMe = () => useQuery<Me, Problem>({ queryKey: keys.me, queryFn: fetchMe });

/** True when the server ended a session that this page still shows: sign in again, nothing is lost. */
export const useSessionIsLost = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lost,
  );

const ranks: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

export const includes = (role: Role, needed: Role) => ranks[role] >= ranks[needed];

/** Whether the person may do what this role may. */
export function useCan(needed: Role): boolean {
  const { data } = useMe();
  return data !== undefined && includes(data.role, needed);
}

/** Whether the person sees every customer, and not only what is theirs or their team's. */
export const seesAll = (me: Me) => me.role === 'admin' || me.user?.sees !== 'team';

export function useSeesAll(): boolean {
  const { data } = useMe();
  return data !== undefined && seesAll(data);
}

const sessionListeners = new Set<() => void>();

/** Runs after somebody signed in, here or in another tab. */
export function onSignedIn(listener: () => void): () => void {
  sessionListeners.add(listener);
  return () => sessionListeners.delete(listener);
}

export async function signIn(email: string, password: string): Promise<void> {
  const before = queries.getQueryData<Me>(keys.me);
  const me = (await ask(api.POST('/api/session', { body: { email, password } }), { silent: true })) as Me;
  tabs.postMessage(me.user?.id);
  await welcome(me, before);
}

/** The same person goes on where they were; another one must not see a line of what was here. */
async function welcome(me: Me, before: Me | undefined): Promise<void> {
  if (before && before.user?.id !== me.user?.id) {
    location.reload();
    return;
  }
  belongTo(me);
  queries.setQueryData(keys.me, me);
  setLost(false);
  for (const listener of sessionListeners) listener();
  await queries.invalidateQueries({ predicate: (query) => query.state.status === 'error' });
}

const leavingListeners = new Set<() => Promise<number>>();

/** Is waited for before a session ends; tells how many things are left that did not get out. It has to come to an end by itself. */
export function beforeSignOut(listener: () => Promise<number>): () => void {
  leavingListeners.add(listener);
  return () => leavingListeners.delete(listener);
}

/** Lets out what is still held here. What is left stays in this browser, and leaves when the same person is back. */
export async function getReadyToLeave(): Promise<number> {
  const left = await Promise.all([...leavingListeners].map((listener) => listener()));
  return left.reduce((sum, count) => sum + count, 0);
}

/** Throws when the server did not hear it: then the session goes on. */
export async function signOut(): Promise<void> {
  await ask(api.DELETE('/api/session'), { silent: true }).catch((failure) => {
    if (Problem.of(failure).status !== 401) throw failure;
  });
  tabs.postMessage(null);
  location.assign('/sign-in');
}

tabs.onmessage = async ({ data: user }: MessageEvent<string | null>) => {
  const before = queries.getQueryData<Me>(keys.me);
  if (user === null || before === undefined || before.user?.id !== user) location.reload();
  else await welcome(await fetchMe(), before);
};
