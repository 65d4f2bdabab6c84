import type { Conversation } from '@/api/types';

export const views = ['open', 'unread', 'snoozed', 'closed', 'archived', 'all'] as const;
export type View = (typeof views)[number];

export const isView = (name: string | undefined): name is View => views.includes(name as View);

/** What a list is narrowed to: a view, and perhaps one account. */
export interface Filter {
  view: View;
  integration?: string;
}

/** The same as a question to the server. */
export const questionOf = ({ view, integration }: Filter) => ({
  ...{
    open: { status: 'open', snoozed: false },
    unread: { unread: true },
    snoozed: { snoozed: true },
    closed: { status: 'closed' },
    archived: { status: 'archived' },
    all: {},
  }[view],
  ...(integration ? { integration_id: integration } : {}),
});

export const isSnoozed = (conversation: Conversation, now = Date.now()) =>
  conversation.snoozed_until !== null && Date.parse(conversation.snoozed_until) > now;

/** The server's answer to {@link questionOf}, for one conversation that has just changed. */
export function belongs(conversation: Conversation, { view, integration }: Filter, now = Date.now()): boolean {
  if (integration && conversation.integration_id !== integration) return false;
  switch (view) {
    case 'open':
      return conversation.status === 'open' && !isSnoozed(conversation, now);
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
