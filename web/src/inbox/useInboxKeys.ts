import { useNavigate } from '@tanstack/react-router';
import type { Conversation } from '@/api/types';
import { type Action, useActions } from '@/app/actions';
import { copyAndTell } from '@/parts/Copy';
import { words } from '@/words';
import { focusComposer } from './composer/focus';
import type { Selection } from './list/selection';
import type { Place, WithGo } from './place';
import { type Change, changeConversation } from './state/changes';
import { isSnoozed, views } from './state/filters';
import { openSnooze } from './thread/snooze';

const viewKeys: Record<string, string> = {
  mine: 'm',
  unassigned: 'n',
  open: 'o',
  unread: 'u',
  snoozed: 's',
  closed: 'c',
  archived: 'r',
  all: 'a',
};

/** All that can be done here by key or command. */
export function useInboxKeys({
  place,
  items,
  conversation,
  canWrite,
  togglePanel,
  isCovered,
  selection,
}: {
  place: Place & WithGo;
  items: Conversation[];
  conversation: Conversation | undefined;
  canWrite: boolean;
  togglePanel: () => void;
  /** The panel lies over the conversation. */
  isCovered: boolean;
  selection: Selection;
}): void {
  const navigate = useNavigate();
  const { go } = place;
  const index = items.findIndex((item) => item.id === place.conversation);
  const show = (item: Conversation | undefined) =>
    item && go({ conversation: item.id }, { replace: place.conversation !== undefined });
  const name = words.inbox.actions;

  /** What leaves the view makes room for the next one. */
  const put = (change: Change) => {
    if (!conversation) return;
    const next = items[index + 1] ?? items[index - 1];
    const leaves = change.kind !== 'unread' && place.view !== 'all' && index >= 0;
    void changeConversation(conversation, change);
    if (change.kind === 'unread') go({ conversation: undefined });
    else if (leaves) go({ conversation: next?.id }, { replace: true });
  };

  const list: Action[] = [
    {
      id: 'next',
      name: name.next,
      group: 'list',
      keys: 'j',
      also: ['ArrowDown'],
      isMove: true,
      run: () => show(items[index + 1]),
    },
    {
      id: 'previous',
      name: name.previous,
      group: 'list',
      keys: 'k',
      also: ['ArrowUp'],
      isMove: true,
      run: () => show(items[Math.max(0, index - 1)]),
    },
    {
      id: 'unread-next',
      name: name.nextUnread,
      group: 'list',
      keys: 'n',
      run: () =>
        show(
          items.find((item, at) => at > index && !item.is_read) ??
            items.find((item) => !item.is_read && item.id !== place.conversation),
        ),
    },
    ...views.map(
      (view): Action => ({
        id: `view:${view}`,
        name: name.view(words.inbox.views[view]),
        group: 'go',
        keys: `g ${viewKeys[view]}`,
        run: () => void navigate({ to: `/inbox/${view}` }),
      }),
    ),
  ];

  // While several are chosen, keys are about all of them.
  const isChoosing = selection.ids.size > 0;
  if (canWrite && conversation)
    list.push({
      id: 'choose',
      name: selection.ids.has(conversation.id) ? name.unchoose : name.choose,
      group: 'list',
      keys: 'x',
      run: () => selection.toggle(conversation.id),
    });

  const here: Action[] = conversation
    ? [
        ...(isChoosing
          ? []
          : [
              {
                id: 'leave',
                name: name.leave,
                group: 'list',
                keys: 'Escape',
                isMove: true,
                run: () => (isCovered ? togglePanel() : go({ conversation: undefined })),
              } as Action,
            ]),
        { id: 'panel', name: name.panel, group: 'conversation', keys: 'i', run: togglePanel },
        {
          id: 'search-here',
          name: name.searchHere,
          group: 'conversation',
          run: () => void navigate({ to: '/search', search: { contact: conversation.contact_id } as never }),
        },
        {
          id: 'link',
          name: name.copyLink,
          group: 'conversation',
          run: () => void copyAndTell(`${location.origin}/inbox/all/${conversation.id}`, words.inbox.linkCopied),
        },
      ]
    : [];

  const reply: Action[] =
    conversation && canWrite
      ? [{ id: 'reply', name: name.reply, group: 'conversation', keys: 'r', also: ['Enter'], run: focusComposer }]
      : [];
  const change: Action[] =
    conversation && canWrite && !isChoosing
      ? [
          conversation.status === 'open'
            ? { id: 'close', name: name.close, group: 'conversation', keys: 'e', run: () => put({ kind: 'close' }) }
            : { id: 'reopen', name: name.reopen, group: 'conversation', keys: 'e', run: () => put({ kind: 'reopen' }) },
          isSnoozed(conversation)
            ? { id: 'wake', name: name.wake, group: 'conversation', keys: 's', run: () => put({ kind: 'wake' }) }
            : { id: 'snooze', name: name.snooze, group: 'conversation', keys: 's', run: openSnooze },
          { id: 'unread', name: name.unread, group: 'conversation', keys: 'u', run: () => put({ kind: 'unread' }) },
          ...(conversation.status !== 'archived'
            ? [
                {
                  id: 'archive',
                  name: name.archive,
                  group: 'conversation',
                  keys: '#',
                  run: () => put({ kind: 'archive' }),
                } as Action,
              ]
            : []),
        ]
      : [];

  useActions([...list, ...here, ...reply, ...change]);
}
