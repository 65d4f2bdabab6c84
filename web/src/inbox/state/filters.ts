import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import type { Conversation, Me } from '@/api/types';

export const views = ['mine', 'unassigned', 'open', 'unread', 'snoozed', 'closed', 'archived', 'all'] as const;
export type View = (typeof views)[number];

export const isView = (name: string | undefined): name is View => views.includes(name as View);

/** What a list is narrowed to: a view, and perhaps one account or one team. */
export interface Filter {
  view: View;
  integration?: string;
  team?: string;
  label?: string;
}

/** The same as a question to the server. */
export const questionOf = ({ view, integration, team, label }: Filter) => ({
  ...{
    mine: { assigned: 'me', status: 'open', snoozed: false },
    unassigned: { assigned: 'none', status: 'open', snoozed: false },
    open: { status: 'open', snoozed: false },
    unread: { unread: true },
    snoozed: { snoozed: true },
    closed: { status: 'closed' },
    archived: { status: 'archived' },
    all: {},
  }[view],
  ...(integration ? { integration_id: integration } : {}),
  ...(team ? { team_id: team } : {}),
  ...(label ? { label_id: label } : {}),
});

/** The view that a saved filter began with. */
export function viewOf(filter: { status?: string; unread?: boolean; snoozed?: boolean; assigned?: string }): View {
  if (filter.assigned === 'me') return 'mine';
  if (filter.assigned === 'none') return 'unassigned';
  if (filter.unread) return 'unread';
  if (filter.snoozed) return 'snoozed';
  return isView(filter.status) ? filter.status : 'all';
}

export const isSnoozed = (conversation: Conversation, now = Date.now()) =>
  conversation.snoozed_until !== null && Date.parse(conversation.snoozed_until) > now;

const myId = () => queries.getQueryData<Me>(keys.me)?.user?.id;

/** The server's answer to {@link questionOf}, for one conversation that has just changed. */
export function belongs(
  conversation: Conversation,
  { view, integration, team, label }: Filter,
  now = Date.now(),
): boolean {
  if (integration && conversation.integration_id !== integration) return false;
  if (team && conversation.assigned_team_id !== team) return false;
  if (label && !conversation.labels?.includes(label)) return false;
  const isWaiting = conversation.status === 'open' && !isSnoozed(conversation, now);
  switch (view) {
    case 'mine':
      return isWaiting && conversation.assigned_user_id !== null && conversation.assigned_user_id === myId();
    case 'unassigned':
      return isWaiting && conversation.assigned_user_id === null && conversation.assigned_team_id === null;
    case 'open':
      return isWaiting;
    case 'unread':
      return !conversation.is_read;
    case 'snoozed':
      return isSnoozed(conversation, now);
    case 'closed':
    case 'archived':
      return conversation.status === view;
    case 'all':
      return true;
  }
}
