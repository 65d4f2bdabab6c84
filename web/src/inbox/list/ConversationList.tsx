import { Menu } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { CheckCheck, ChevronDown, Clock3, Inbox, Search } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { Blank, Failed } from '@/parts/States';
import { words } from '@/words';
import { searchWords } from '@/words/search';
import type { Place, WithGo } from '../place';
import { hold } from '../state/order';
import { preload } from '../state/threads';
import { BulkBar } from './BulkBar';
import styles from './ConversationList.module.css';
import { ConversationRow } from './ConversationRow';
import { FirstImport } from './FirstImport';
import type { Selection } from './selection';
import { ViewLinks, viewIcons } from './Views';

const ROW = 64;
const AHEAD = 15;

/** The conversations of a view: only the rows in sight exist. */
export function ConversationList({
  place,
  list,
  items,
  canWrite,
  selection,
}: {
  place: Place & WithGo;
  list: UseInfiniteQueryResult<unknown>;
  items: Conversation[];
  canWrite: boolean;
  selection: Selection;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const { go } = place;
  const openOne = useCallback((id: string) => go({ conversation: id }), [go]);
  const { ids, toggle, reach } = selection;
  const choose = useCallback((id: string, isRange: boolean) => (isRange ? reach(id) : toggle(id)), [reach, toggle]);
  const chosen = items.filter((item) => ids.has(item.id));
  const [isHeld, setHeld] = useState(false);
  const shown = useHeld(items, isHeld);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => shown[index]?.id ?? index,
    overscan: 6,
  });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last > shown.length - AHEAD) void fetchNextPage();
  }, [last, shown.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  // The chosen one comes into sight when keys move on, not when others move it.
  const { conversation } = place;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another one is chosen
  useEffect(() => {
    const index = shown.findIndex((item) => item.id === conversation);
    if (index >= 0) rows.scrollToIndex(index, { align: 'auto' });
    const next = shown[index + 1];
    if (index >= 0 && next) preload(next);
  }, [conversation, list.isSuccess]);

  return (
    <>
      {chosen.length > 0 ? (
        <BulkBar
          selection={selection}
          chosen={chosen}
          // What stays before one's eyes would be read again at once.
          onChange={({ kind }) =>
            kind === 'unread' && place.conversation && ids.has(place.conversation) && go({ conversation: undefined })
          }
        />
      ) : (
        <ListHead place={place} />
      )}
      <FirstImport />
      <div
        ref={scroller}
        className={styles.scroller}
        data-choosing={chosen.length > 0 || undefined}
        onPointerEnter={(event) => event.pointerType === 'mouse' && setHeld(true)}
        onPointerLeave={() => setHeld(false)}
      >
        {list.isPending ? (
          <Skeletons />
        ) : list.isError && items.length === 0 ? (
          <Failed problem={Problem.of(list.error)} onAgain={() => list.refetch()} />
        ) : shown.length === 0 ? (
          <EmptyView place={place} />
        ) : (
          <ul
            className={styles.rows}
            style={{ height: rows.getTotalSize() }}
            aria-label={words.inbox.views[place.view]}
          >
            {rows.getVirtualItems().map((row) => {
              const conversation = shown[row.index];
              return (
                conversation && (
                  <li key={row.key} className={styles.row} style={{ transform: `translateY(${row.start}px)` }}>
                    <ConversationRow
                      conversation={conversation}
                      view={place.view}
                      integration={place.integration}
                      isOpen={conversation.id === place.conversation}
                      canWrite={canWrite}
                      isChosen={ids.has(conversation.id)}
                      onOpen={openOne}
                      onChoose={choose}
                    />
                  </li>
                )
              );
            })}
          </ul>
        )}
      </div>
    </>
  );
}

/** The items in their order, or in the order they had when the pointer came. */
function useHeld(items: Conversation[], isHeld: boolean): Conversation[] {
  const order = useRef<string[]>([]);
  return useMemo(() => {
    const ids = items.map((item) => item.id);
    order.current = isHeld ? hold(order.current, ids) : ids;
    if (!isHeld) return items;
    const byId = new Map(items.map((item) => [item.id, item]));
    return order.current.map((id) => byId.get(id) as Conversation);
  }, [items, isHeld]);
}

/** What one looks at; where there is no room for the views, also the way to another. */
function ListHead({ place }: { place: Place }) {
  const [isOpen, setOpen] = useState(false);
  const Icon = viewIcons[place.view];
  return (
    <header className={styles.head}>
      <h2 className={styles.wide}>{words.inbox.views[place.view]}</h2>
      <div className={styles.narrow}>
        <Menu opened={isOpen} onChange={setOpen} position="bottom-start" width={240}>
          <Menu.Target>
            <button type="button" className={styles.choose}>
              <Icon size={18} strokeWidth={1.75} aria-hidden />
              {words.inbox.views[place.view]}
              <ChevronDown size={16} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown className={styles.views}>
            <ViewLinks place={place} onChoose={() => setOpen(false)} />
          </Menu.Dropdown>
        </Menu>
      </div>
      <Link to="/search" className={styles.search}>
        <Search size={15} aria-hidden />
        {searchWords.field}
        <kbd aria-hidden>/</kbd>
      </Link>
    </header>
  );
}

function EmptyView({ place }: { place: Place }) {
  const { title, text } = words.inbox.empty[place.view];
  const icon = place.view === 'snoozed' ? Clock3 : place.view === 'unread' ? CheckCheck : Inbox;
  return (
    <Blank
      icon={icon}
      title={title}
      text={place.team ? words.inbox.empty.team : place.integration ? words.inbox.empty.account : text}
    />
  );
}

const Skeletons = () => (
  <div className={styles.skeletons} aria-hidden>
    {Array.from({ length: 12 }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
      <div key={index} className={styles.skeleton}>
        <span />
        <span />
        <span />
      </div>
    ))}
  </div>
);
