import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { notify } from '@/app/notices';
import { words } from '@/words';
import { type Change, show } from '../state/changes';
import { isSnoozed } from '../state/filters';
import { findCached } from '../state/lists';

const MOST = 200; // what the server takes at once

/** A change, and those it is made to. */
export interface Step {
  change: Change;
  ids: string[];
}

/** Of which of them it is not so yet. */
function isNew(conversation: Conversation, change: Change): boolean {
  switch (change.kind) {
    case 'close':
      return conversation.status !== 'closed';
    case 'archive':
      return conversation.status !== 'archived';
    case 'reopen':
      return conversation.status !== 'open';
    case 'read':
      return !conversation.is_read;
    case 'unread':
      return conversation.is_read;
    case 'wake':
      return isSnoozed(conversation);
    case 'snooze':
      return true;
  }
}

function inverse(before: Conversation, change: Change): Change {
  switch (change.kind) {
    case 'close':
    case 'archive':
    case 'reopen':
      return { kind: before.status === 'closed' ? 'close' : before.status === 'archived' ? 'archive' : 'reopen' };
    case 'read':
      return { kind: 'unread' };
    case 'unread':
      return { kind: 'read' };
    case 'snooze':
    case 'wake':
      return isSnoozed(before) ? { kind: 'snooze', until: new Date(before.snoozed_until as string) } : { kind: 'wake' };
  }
}

/** What brings each of them back to where it was: few steps, since most were alike. */
export function undoOf(before: readonly Conversation[], change: Change): Step[] {
  const steps = new Map<string, Step>();
  for (const conversation of before) {
    if (!isNew(conversation, change)) continue;
    const back = inverse(conversation, change);
    const name = back.kind === 'snooze' ? `snooze ${back.until.getTime()}` : back.kind;
    const step = steps.get(name) ?? { change: back, ids: [] };
    step.ids.push(conversation.id);
    steps.set(name, step);
  }
  return [...steps.values()];
}

async function run({ change, ids }: Step): Promise<void> {
  for (let at = 0; at < ids.length; at += MOST) {
    const some = ids.slice(at, at + MOST);
    const settles = new Map(some.flatMap((id) => findCached(id) ?? []).map((one) => [one.id, show(one, change)]));
    try {
      const until = change.kind === 'snooze' ? change.until.toISOString() : null;
      const answer = await ask(
        api.POST('/api/conversations/bulk', { body: { ids: some, change: change.kind, until } }),
      );
      for (const conversation of answer.items) {
        settles.get(conversation.id)?.(conversation);
        settles.delete(conversation.id);
      }
    } finally {
      for (const settle of settles.values()) settle();
    }
  }
}

/** Does the same to all of them, says so, and offers to take it back. */
export async function changeMany(conversations: readonly Conversation[], change: Change): Promise<boolean> {
  const undo = undoOf(conversations, change);
  try {
    await run({ change, ids: conversations.map((conversation) => conversation.id) });
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
    return false;
  }
  notify(words.inbox.bulk.done[change.kind](conversations.length), {
    action: undo.length > 0 ? { name: words.inbox.undo, run: () => void takeBack(undo) } : undefined,
  });
  return true;
}

async function takeBack(steps: Step[]): Promise<void> {
  try {
    for (const step of steps) await run(step);
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
}
