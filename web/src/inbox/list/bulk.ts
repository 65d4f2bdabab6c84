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

/** In the parts that the server takes it in; what takes each back is in `undo` as soon as it is done. */
async function run(conversations: readonly Conversation[], change: ManyChange, undo: BulkUndo[]): Promise<void> {
  for (let at = 0; at < conversations.length; at += MOST) {
    const some = conversations.slice(at, at + MOST).map((one) => findCached(one.id) ?? one);
    const settles = new Map(isForeseen(change) ? some.map((one) => [one.id, show(one, change)]) : []);
    try {
      const body = bodyOf(
        some.map((one) => one.id),
        change,
      );
      const answer = await ask(api.POST('/api/conversations/bulk', { body }));
      if (answer.undo) undo.push(answer.undo);
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
  const undo: BulkUndo[] = [];
  const done = words.inbox.bulk.done[change.kind];
  const back = () => (undo.length > 0 ? { name: words.inbox.undo, run: () => void takeBack(undo) } : undefined);
  try {
    await run(conversations, change, undo);
  } catch (failure) {
    // What was done before it broke off can be taken back all the same.
    const count = undo.reduce((sum, part) => sum + part.steps.length, 0);
    const why = Problem.of(failure).message;
    notify(count > 0 ? words.inbox.bulk.inPart(done(count), why) : why, { isBad: true, action: back() });
    return false;
  }
  notify(done(conversations.length), { action: back() });
  return true;
}

/** Brings each to where it was that nobody has changed since. */
async function takeBack(parts: BulkUndo[]): Promise<void> {
  try {
    for (const undo of parts) {
      const answer = await ask(api.POST('/api/conversations/bulk', { body: { change: 'undo', undo } }));
      for (const conversation of answer.items) applyConversation(conversation);
    }
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
}
