import { useSyncExternalStore } from 'react';
import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { newKey, withLock } from '@/api/secure';
import { onSignedIn } from '@/api/session';
import { storage } from '@/api/storage';
import type { Attachment, Message, Reply } from '@/api/types';
import { words } from '@/words';
import type { Answered } from './drafts';
import { applyMessage } from './threads';

/** A message that a person has sent and the server has not confirmed yet. It is shown at once and lives through reloads. */
export interface Outgoing {
  /** The Idempotency-Key: however often it is posted, it becomes one message. */
  key: string;
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

let entries: Outgoing[] = [];
let isDraining = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
/** Posted and not answered yet: the stream may tell of the message before the answer does. */
const underWay = new Set<string>();
/** Added on this page: another tab's are for that tab to hold. */
const mine = new Set<string>();
const listeners = new Set<() => void>();

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

function readAll(): void {
  set(
    storage
      .names(PREFIX)
      .map((name) => storage.read<Outgoing | null>(name, null))
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
        if (name.startsWith(PREFIX)) readAll();
      }),
      onSignedIn(() => {
        readAll();
        plan(0);
      }),
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
    const now = Date.now();
    // Several at once keep their order: files, then words.
    const last = entries.at(-1)?.at;
    const at = new Date(Math.max(now, last ? Date.parse(last) + 1 : 0)).toISOString();
    // Who writes on does not take back what came before: it leaves now, and only the last words are held.
    for (const held of entries)
      if (
        held.conversation === entry.conversation &&
        !held.refused &&
        held.leavesAt > now &&
        now - Date.parse(held.at) > TOGETHER
      )
        keep({ ...held, leavesAt: now });
    const key = newKey();
    mine.add(key);
    keep({ ...entry, key, at, leavesAt: now + UNDO_TIME });
    planNext();
  },

  /** Takes it back while it is held, or gives up what was refused. */
  take(key: string): Outgoing | undefined {
    const entry = entries.find((one) => one.key === key);
    if (!entry || underWay.has(key) || (!entry.refused && entry.leavesAt < Date.now())) return undefined;
    drop(key);
    return entry;
  },

  /** The last one that can still be taken back. */
  lastHeld: (conversation: string) =>
    entries.findLast((entry) => entry.conversation === conversation && !entry.refused && entry.leavesAt > Date.now()),

  /** A person asks to try again, as a new message. */
  again(key: string): void {
    const entry = entries.find((one) => one.key === key);
    if (!entry) return;
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

  isUnderWay: (key: string) => underWay.has(key),
};

export const useOutbox = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries,
  );

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

/** One tab at a time: the lock makes others wait, and then they find what is left. */
async function drain(): Promise<void> {
  if (isDraining) return;
  isDraining = true;
  try {
    await withLock('parley.outbox', async () => {
      readAll();
      const conversations = [...new Set(entries.map((entry) => entry.conversation))];
      const settled = await Promise.all(
        conversations.map((id) => postInOrder(entries.filter((one) => one.conversation === id).map((one) => one.key))),
      );
      tries = settled.every(Boolean) ? 0 : tries + 1;
    });
  } finally {
    isDraining = false;
  }
  planNext();
}

/** Order matters in a conversation: what is behind one that did not get through waits. */
async function postInOrder(queue: readonly string[]): Promise<boolean> {
  for (const key of queue) {
    // While the ones before were posted, a person may have taken this one back, here or in another tab.
    const entry = storage.read<Outgoing | null>(PREFIX + key, null);
    if (!entry || entry.refused) continue;
    if (entry.leavesAt > Date.now()) return true;
    if (!(await post(entry))) return false;
  }
  return true;
}

/** True when it is settled, one way or the other. */
async function post(entry: Outgoing): Promise<boolean> {
  if (Date.now() - Date.parse(entry.at) > KEY_LIVES) {
    keep({ ...entry, refused: words.inbox.outbox.tooOld });
    return true;
  }
  underWay.add(entry.key);
  try {
    const message = await ask(
      api.POST('/api/conversations/{id}/messages', {
        params: { path: { id: entry.conversation } },
        body: entry.body,
        headers: { 'Idempotency-Key': entry.key },
        signal: AbortSignal.timeout(PATIENCE),
      }),
    );
    applyMessage(message as Message);
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
    keep({ ...entry, refused: problem.message });
    return true;
  }
}

/** The page goes away: what was only held for undo leaves now, and the next page offers no undo for it. The key makes it
 * harmless that the next page posts it again. */
function leaveNow(): void {
  for (const entry of entries) {
    if (entry.refused || !mine.has(entry.key)) continue;
    if (entry.leavesAt > Date.now()) keep({ ...entry, leavesAt: Date.now() });
    void fetch(`/api/conversations/${entry.conversation}/messages`, {
      method: 'POST',
      keepalive: true,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': entry.key },
      body: JSON.stringify(entry.body),
    }).catch(() => {});
  }
}
