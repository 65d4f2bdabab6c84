import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { notify } from '@/app/notices';
import { words } from '@/words';
import { foresee } from './foreseen';
import { findCached, showConversation } from './lists';

export type Change =
  | { kind: 'close' | 'reopen' | 'archive' | 'unread' | 'wake' }
  /** Up to a message, when one was before somebody's eyes: what comes at the same moment stays unread. */
  | { kind: 'read'; upTo?: string }
  | { kind: 'snooze'; until: Date };

/** What a change makes of a conversation, before the server says so. */
function changed(conversation: Conversation, change: Change): Conversation {
  switch (change.kind) {
    case 'close':
      return { ...conversation, status: 'closed' };
    case 'reopen':
      return { ...conversation, status: 'open' };
    case 'archive':
      return { ...conversation, status: 'archived' };
    case 'read':
      return { ...conversation, is_read: true, unread_count: 0 };
    case 'unread':
      return { ...conversation, is_read: false, unread_count: Math.max(1, conversation.unread_count) };
    case 'snooze':
      return { ...conversation, snoozed_until: change.until.toISOString() };
    case 'wake':
      return { ...conversation, snoozed_until: null };
  }
}

function request(conversation: Conversation, change: Change) {
  const options = { params: { path: { id: conversation.id } } };
  switch (change.kind) {
    case 'close':
      return api.PUT('/api/conversations/{id}/closure', options);
    case 'reopen':
      return conversation.status === 'archived'
        ? api.DELETE('/api/conversations/{id}/archive', options)
        : api.DELETE('/api/conversations/{id}/closure', options);
    case 'archive':
      return api.PUT('/api/conversations/{id}/archive', options);
    case 'read':
      return api.PUT('/api/conversations/{id}/read', {
        params: { ...options.params, query: { up_to: change.upTo } },
      });
    case 'unread':
      return api.DELETE('/api/conversations/{id}/read', options);
    case 'snooze':
      return api.PUT('/api/conversations/{id}/snooze', { ...options, body: { until: change.until.toISOString() } });
    case 'wake':
      return api.DELETE('/api/conversations/{id}/snooze', options);
  }
}

/** What takes a change back; reading is not worth an undo. */
function inverse(before: Conversation, change: Change): Change | undefined {
  switch (change.kind) {
    case 'close':
    case 'archive':
    case 'reopen':
      return { kind: before.status === 'closed' ? 'close' : before.status === 'archived' ? 'archive' : 'reopen' };
    case 'snooze':
      return before.snoozed_until ? { kind: 'snooze', until: new Date(before.snoozed_until) } : { kind: 'wake' };
    default:
      return undefined;
  }
}

/** Changes of one conversation go to the server one after another: what was asked for last is what stays. */
const lines = new Map<string, Promise<unknown>>();

function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
  const done = (lines.get(id) ?? Promise.resolve()).then(work, work);
  lines.set(id, done);
  const leave = () => lines.get(id) === done && lines.delete(id);
  done.then(leave, leave);
  return done;
}

/** Shows a change before the server says so; what it returns ends that, with the server's answer or, when it refused, without. */
export function show(before: Conversation, change: Change): (answer?: Conversation) => void {
  const { shown, settle } = foresee(before, (truth) => changed(truth, change));
  showConversation(shown);
  return (answer) => showConversation(settle(answer));
}

/** Changes a conversation: shown at once, told in words, taken back when the server refuses. */
export async function changeConversation(
  conversation: Conversation,
  change: Change,
  { silent = false } = {},
): Promise<void> {
  const before = findCached(conversation.id) ?? conversation;
  const settle = show(before, change);
  const undo = inverse(before, change);
  if (!silent && change.kind !== 'read')
    notify(words.inbox.done[change.kind], {
      action: undo && {
        name: words.inbox.undo,
        run: () => changeConversation(findCached(conversation.id) ?? before, undo, { silent: true }),
      },
    });
  try {
    const answer = await inTurn(conversation.id, () =>
      ask(request(before, change) as ReturnType<typeof api.DELETE<'/api/conversations/{id}/read', never>>),
    );
    settle(answer);
  } catch (failure) {
    settle();
    if (!silent) notify(Problem.of(failure).message, { isBad: true });
  }
}
