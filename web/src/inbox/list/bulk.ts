import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { BulkUndo, Conversation } from '@/api/types';
import { notify } from '@/app/notices';
import { words } from '@/words';
import type { To } from '../assignment/People';
import { type Change, show } from '../state/changes';
import { applyConversation, findCached } from '../state/lists';

const MOST = 200; // what the server takes at once

/** What can be done to many: what can be done to one, and what a team shares out. */
export type ManyChange =
  | Change
  | { kind: 'assign'; to: NonNullable<To> }
  | { kind: 'unassign' }
  | { kind: 'label' | 'unlabel'; label: string };

/** What is seen at once; who gets what, and which labels they bear then, is for the server to say. */
const isForeseen = (change: ManyChange): change is Change =>
  !['assign', 'unassign', 'label', 'unlabel'].includes(change.kind);

const bodyOf = (ids: string[], change: ManyChange) => ({
  ids,
  change: change.kind,
  until: change.kind === 'snooze' ? change.until.toISOString() : null,
  label_id: 'label' in change ? change.label : null,
  ...('to' in change ? change.to : {}),
});

/** What was done so far: how many were otherwise before, and what takes each part back. */
interface Done {
  changed: number;
  undo: BulkUndo[];
}

/** In the parts that the server takes it in; each is in `done` as soon as it is. */
async function run(conversations: readonly Conversation[], change: ManyChange, done: Done): Promise<void> {
  for (let at = 0; at < conversations.length; at += MOST) {
    const some = conversations.slice(at, at + MOST).map((one) => findCached(one.id) ?? one);
    const settles = new Map(isForeseen(change) ? some.map((one) => [one.id, show(one, change)]) : []);
    try {
      const body = bodyOf(
        some.map((one) => one.id),
        change,
      );
      const answer = await ask(api.POST('/api/conversations/bulk', { body }));
      done.changed += answer.changed;
      if (answer.undo) done.undo.push(answer.undo);
      for (const conversation of answer.items) {
        const settle = settles.get(conversation.id) ?? applyConversation;
        settle(conversation);
        settles.delete(conversation.id);
      }
    } finally {
      for (const settle of settles.values()) settle();
    }
  }
}

/** Does the same to all of them, says so, and offers to take it back. */
export async function changeMany(conversations: readonly Conversation[], change: ManyChange): Promise<boolean> {
  const all: Done = { changed: 0, undo: [] };
  const done = words.inbox.bulk.done[change.kind];
  const back = () => (all.undo.length > 0 ? { name: words.inbox.undo, run: () => void takeBack(all.undo) } : undefined);
  try {
    await run(conversations, change, all);
  } catch (failure) {
    // What was done before it broke off can be taken back all the same.
    const why = Problem.of(failure).message;
    notify(all.changed > 0 ? words.inbox.bulk.inPart(done(all.changed), why) : why, { isBad: true, action: back() });
    return false;
  }
  notify(all.changed > 0 ? done(all.changed) : words.inbox.bulk.none, { action: back() });
  return true;
}

/** Brings each to where it was that nobody has changed since. */
async function takeBack(parts: BulkUndo[]): Promise<void> {
  let changed = 0;
  try {
    for (const undo of parts) {
      const answer = await ask(api.POST('/api/conversations/bulk', { body: { change: 'undo', undo } }));
      changed += answer.changed;
      for (const conversation of answer.items) applyConversation(conversation);
    }
    if (changed === 0) notify(words.inbox.bulk.notBack);
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
}
