import { useSyncExternalStore } from 'react';
import { api, ask, inTheNameOf, whoSpeaks } from '@/api/client';
import { Problem } from '@/api/problem';
import { newKey, withLock } from '@/api/secure';
import { beforeSignOut, onSignedIn } from '@/api/session';
import { storage } from '@/api/storage';
import type { Attachment, Message, Reply } from '@/api/types';
import { words } from '@/words';
import { tellUnsent } from './announce';
import type { Answered } from './drafts';
import { findCached } from './lists';
import { isSeenSomewhere } from './reader';
import { settleMessage } from './threads';

/** A message that a person has sent and the server has not confirmed yet. It is shown at once and lives through reloads. */
export interface Outgoing {
  /** The Idempotency-Key: however often it is posted, it becomes one message. */
  key: string;
  /** Who wrote it: it leaves in nobody else's name, whoever has signed in here meanwhile. */
  by: string;
  conversation: string;
  body: Reply;
  answered?: Answered;
  file?: Attachment;
  /** What a template will say: its request has only the blanks. */
  preview?: string;
  at: string;
  /** Until then it can be taken back. */
  leavesAt: number;
  /** Why it will not leave by itself. */
  refused?: string;
}

export const UNDO_TIME = 5000;
// The server keeps keys for a day: later, a second post could become a second message.
const KEY_LIVES = 23 * 3_600_000;
const PREFIX = 'out.';
// What is sent at once (files, then words) is taken back at once.
const TOGETHER = 300;
// An answer that does not come is asked for again, with the same key.
const PATIENCE = 30_000;
// Nobody waits longer for the way out.
const LEAVING = 4000;

let entries: Outgoing[] = [];
let draining: Promise<void> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
/** Posted and not answered yet: the stream may tell of the message before the answer does. */
const underWay = new Set<string>();
/** Added on this page: another tab's are for that tab to hold. */
const mine = new Set<string>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

function set(next: Outgoing[]): void {
  entries = next.sort((a, b) => (a.at < b.at ? -1 : 1));
  for (const listener of listeners) listener();
}

function keep(entry: Outgoing): void {
  storage.write(PREFIX + entry.key, entry);
  set([...entries.filter((one) => one.key !== entry.key), entry]);
}

function drop(key: string): void {
  storage.remove(PREFIX + key);
  set(entries.filter((entry) => entry.key !== key));
}

/** As it is now, whatever another tab did with it. */
const readKept = (key: string) => storage.read<Outgoing | null>(PREFIX + key, null);

/** It is not held any longer. What was taken back in another tab a moment ago stays taken back. */
function release(key: string): Outgoing | undefined {
  const entry = readKept(key);
  if (!entry || entry.refused) return undefined;
  if (isLeaving(entry)) return entry;
  const released = { ...entry, leavesAt: Date.now() };
  keep(released);
  return released;
}

function readAll(): void {
  set(
    storage
      .names(PREFIX)
      .map((name) => readKept(name.slice(PREFIX.length)))
      .filter((entry) => entry !== null),
  );
}

export const outbox = {
  /** Goes on with what an earlier page left. */
  start(): () => void {
    readAll();
    plan(0);
    const ends = [
      storage.watch((name) => {
        if (!name.startsWith(PREFIX)) return;
        readAll();
        planNext(); // should that tab crash, this one sends it
      }),
      onSignedIn(() => {
        readAll();
        plan(0);
      }),
      beforeSignOut(() => leaveAll(LEAVING)),
    ];
    const again = () => plan(0);
    addEventListener('online', again);
    addEventListener('pagehide', leaveNow);
    return () => {
      for (const end of ends) end();
      removeEventListener('online', again);
      removeEventListener('pagehide', leaveNow);
    };
  },

  add(entry: Pick<Outgoing, 'conversation' | 'body' | 'answered' | 'file' | 'preview'>): void {
    const by = whoSpeaks();
    if (!by) return;
    const now = Date.now();
    // Several at once keep their order: files, then words.
    const last = entries.at(-1)?.at;
    const at = new Date(Math.max(now, last ? Date.parse(last) + 1 : 0)).toISOString();
    // Who writes on does not take back what came before: it leaves now, and only the last words are held.
    for (const held of entries)
      if (held.conversation === entry.conversation && now - Date.parse(held.at) > TOGETHER) release(held.key);
    const key = newKey();
    mine.add(key);
    keep({ ...entry, key, by, at, leavesAt: now + UNDO_TIME });
    planNext();
  },

  /** Takes it back while it is held, or gives up what was refused. */
  take(key: string): Outgoing | undefined {
    const entry = readKept(key);
    if (!entry || underWay.has(key) || (!entry.refused && isLeaving(entry))) return undefined;
    drop(key);
    return entry;
  },

  /** The last one that can still be taken back. */
  lastHeld: (conversation: string) =>
    entries.findLast((entry) => entry.conversation === conversation && !entry.refused && entry.leavesAt > Date.now()),

  /** A person asks to try again, as a new message. */
  again(key: string): void {
    const entry = readKept(key);
    if (!entry?.refused) return; // another tab was faster
    drop(key);
    keep({
      ...entry,
      key: newKey(),
      at: new Date().toISOString(),
      leavesAt: Date.now(),
      refused: undefined,
    });
    plan(0);
  },
};

/** It can no longer be taken back: whichever tab posts it, the stream may tell of the message before the answer does. */
export const isLeaving = (entry: Outgoing, now = Date.now()) => !entry.refused && entry.leavesAt <= now;

/** Why something written in a conversation will not leave by itself; nothing when all is well. */
export const useRefused = (conversation: string) =>
  useSyncExternalStore(
    subscribe,
    () => entries.find((one) => one.conversation === conversation && one.refused)?.refused,
  );

export const useOutbox = () => useSyncExternalStore(subscribe, () => entries);

function plan(wait: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void drain(), wait);
}

function planNext(): void {
  const waiting = entries.filter((entry) => !entry.refused);
  if (waiting.length === 0) return;
  const next = Math.min(...waiting.map((entry) => entry.leavesAt)) - Date.now();
  const pause = Math.min(15_000, 1000 * 2 ** Math.min(tries, 4)) * (0.5 + Math.random());
  plan(Math.max(next, tries > 0 ? pause : 50));
}

function drain(): Promise<void> {
  draining ??= drainOnce().finally(() => {
    draining = undefined;
    planNext();
  });
  return draining;
}

/** One tab at a time: the lock makes others wait, and then they find what is left. */
const drainOnce = () =>
  withLock(`parley.outbox.${whoSpeaks()}`, async () => {
    readAll();
    const conversations = [...new Set(entries.map((entry) => entry.conversation))];
    const settled = await Promise.all(
      conversations.map((id) => postInOrder(entries.filter((one) => one.conversation === id).map((one) => one.key))),
    );
    tries = settled.every(Boolean) ? 0 : tries + 1;
  });

/** Nothing is held any longer, in any tab. How many are still here when there is no more time. */
async function leaveAll(most: number): Promise<number> {
  const end = Date.now() + most;
  readAll();
  for (const entry of entries) release(entry.key);
  while (entries.some((entry) => !entry.refused) && Date.now() < end) {
    await Promise.race([drain(), pause(end - Date.now())]);
    if (entries.some((entry) => !entry.refused)) await pause(Math.min(300, end - Date.now()));
  }
  return entries.length;
}

const pause = (time: number) => new Promise<void>((done) => setTimeout(done, Math.max(0, time)));

/** Order matters in a conversation: what is behind one that did not get through waits. */
async function postInOrder(queue: readonly string[]): Promise<boolean> {
  for (const key of queue) {
    // While the ones before were posted, a person may have taken this one back, here or in another tab.
    const entry = readKept(key);
    if (!entry || entry.refused) continue;
    if (!isLeaving(entry)) return true;
    if (!(await post(entry))) return false;
  }
  return true;
}

/** True when it is settled, one way or the other. */
async function post(entry: Outgoing): Promise<boolean> {
  if (Date.now() - Date.parse(entry.at) > KEY_LIVES) {
    refuse(entry, words.inbox.outbox.tooOld);
    return true;
  }
  underWay.add(entry.key);
  try {
    const message = await ask(
      api.POST('/api/conversations/{id}/messages', {
        params: { path: { id: entry.conversation } },
        body: entry.body,
        headers: headersOf(entry),
        signal: AbortSignal.timeout(PATIENCE),
      }),
    );
    settleMessage(message as Message);
    underWay.delete(entry.key);
    drop(entry.key);
    return true;
  } catch (failure) {
    underWay.delete(entry.key);
    const problem = Problem.of(failure);
    if (problem.passes) {
      set([...entries]);
      return false;
    }
    refuse(entry, problem.message);
    return true;
  }
}

const headersOf = (entry: Outgoing) => ({ 'Idempotency-Key': entry.key, ...inTheNameOf(entry.by) });

/** It stays in its thread until a person decides, and is told of to whoever is elsewhere by then. */
function refuse(entry: Outgoing, why: string): void {
  keep({ ...entry, refused: why });
  const { conversation } = entry;
  void isSeenSomewhere(conversation).then(
    (isSeen) => isSeen || tellUnsent(findCached(conversation), why, { conversation }),
  );
}

/** The page goes away: what was only held for undo leaves now, and the next page offers no undo for it. The key makes it
 * harmless that the next page posts it again. */
function leaveNow(): void {
  for (const { key } of entries) {
    const entry = mine.has(key) && release(key);
    if (!entry) continue;
    void fetch(`/api/conversations/${entry.conversation}/messages`, {
      method: 'POST',
      keepalive: true,
      headers: { 'Content-Type': 'application/json', ...headersOf(entry) },
      body: JSON.stringify(entry.body),
    }).catch(() => {});
  }
}
