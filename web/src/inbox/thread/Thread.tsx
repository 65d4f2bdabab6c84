import { ArrowDown } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import { useMe } from '@/api/session';
import type { Conversation } from '@/api/types';
import { dayName, useNow } from '@/parts/dates';
import { Failed } from '@/parts/States';
import { words } from '@/words';
import { MessageLine } from '../message/MessageLine';
import { OutgoingLine } from '../message/OutgoingLine';
import { useNotes } from '../notes/data';
import { NoteCard } from '../notes/NoteCard';
import { outbox, useOutbox } from '../state/outbox';
import { useThread } from '../state/threads';
import { firstUnreadOf, type Row, rowsOf, withoutTwins } from './rows';
import styles from './Thread.module.css';
import { useThreadScroll } from './useThreadScroll';

/** What was said: a window of it that moves with the reader, so that length costs nothing. */
export function Thread({
  conversation,
  around,
  unread,
  canWrite,
  onMessage,
}: {
  conversation: Conversation;
  around: string | undefined;
  unread: number;
  canWrite: boolean;
  onMessage: (id: string | undefined) => void;
}) {
  const { id } = conversation;
  const { data: me } = useMe();
  const thread = useThread(id, around, unread);
  const all = useOutbox();
  const entries = useMemo(() => all.filter((entry) => entry.conversation === id), [all, id]);
  const messages = useMemo(() => thread.data?.pages.flatMap((page) => page.items) ?? [], [thread.data]);
  const [firstUnread, setFirstUnread] = useState<string | null>();
  if (firstUnread === undefined && thread.data) setFirstUnread(firstUnreadOf(messages, unread) ?? null);

  const author = me?.user ? `user:${me.user.id}` : '';
  const reachesNow = thread.data !== undefined && thread.data.pages.at(-1)?.newer === null;
  const { data: allNotes } = useNotes(conversation.contact_id);
  const hasOlder = thread.hasPreviousPage;
  const notes = useMemo(() => {
    const [first, last] = [messages[0]?.occurred_at, messages.at(-1)?.occurred_at];
    return [...(allNotes ?? [])]
      .reverse()
      .filter(
        ({ created_at: at }) =>
          (!hasOlder || (first !== undefined && Date.parse(at) >= Date.parse(first))) &&
          (reachesNow || (last !== undefined && Date.parse(at) <= Date.parse(last))),
      );
  }, [allNotes, messages, hasOlder, reachesNow]);
  const rows = useMemo(() => {
    const underWay = entries.filter((entry) => outbox.isUnderWay(entry.key));
    return rowsOf(withoutTwins(messages, underWay, author), reachesNow ? entries : [], firstUnread ?? undefined, notes);
  }, [messages, entries, author, reachesNow, firstUnread, notes]);

  const scroller = useRef<HTMLDivElement>(null);
  const { isAway, toEnd } = useThreadScroll(scroller, {
    rows,
    isReady: thread.data !== undefined && firstUnread !== undefined,
    target: around ?? (firstUnread ? 'new' : undefined),
    isCentred: around !== undefined,
    older: thread.hasPreviousPage && !thread.isFetching ? thread.fetchPreviousPage : undefined,
    newer: thread.hasNextPage && !thread.isFetching ? thread.fetchNextPage : undefined,
    reachesNow,
    sent: entries.at(-1)?.key,
  });

  if (thread.isError && !thread.data)
    return (
      <Failed problem={Problem.of(thread.error)} onAgain={() => (around ? onMessage(undefined) : thread.refetch())} />
    );

  return (
    <div className={styles.frame}>
      <section
        className={styles.scroller}
        ref={scroller}
        data-scrolls
        aria-label={words.inbox.thread}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by key
        tabIndex={0}
      >
        {!thread.hasPreviousPage && thread.data && <p className={styles.begin}>{words.inbox.threadBegins}</p>}
        {thread.hasPreviousPage && <p className={styles.begin}>{words.inbox.loadingOlder}</p>}
        <div className={styles.rows} role="log" aria-live="off">
          {rows.map((row) => (
            <ThreadRow key={row.key} row={row} me={author} target={around} canWrite={canWrite} onMessage={onMessage} />
          ))}
        </div>
      </section>
      {(isAway || !reachesNow) && thread.data && (
        <button
          type="button"
          className={styles.down}
          aria-label={words.inbox.toLatest}
          title={words.inbox.toLatest}
          onClick={() => (reachesNow ? toEnd() : onMessage(undefined))}
        >
          <ArrowDown size={17} aria-hidden />
          {!conversation.is_read && <i />}
        </button>
      )}
    </div>
  );
}

function ThreadRow({
  row,
  me,
  target,
  canWrite,
  onMessage,
}: {
  row: Row;
  me: string;
  target: string | undefined;
  canWrite: boolean;
  onMessage: (id: string) => void;
}) {
  switch (row.kind) {
    case 'day':
      return <Day at={row.at} />;
    case 'new':
      return (
        <div className={styles.new} data-row="new">
          <span>{words.inbox.newMessages}</span>
        </div>
      );
    case 'note':
      return (
        <div className={styles.note} data-row={row.key}>
          <NoteCard note={row.note} />
        </div>
      );
    case 'outgoing':
      return <OutgoingLine entry={row.entry} isFirst={row.isFirst} isLast={row.isLast} />;
    case 'message':
      return (
        <MessageLine
          message={row.message}
          me={me}
          isFirst={row.isFirst}
          isLast={row.isLast}
          isTarget={row.message.id === target}
          canWrite={canWrite}
          onMessage={onMessage}
        />
      );
  }
}

function Day({ at }: { at: string }) {
  const now = useNow();
  return (
    <div className={styles.day}>
      <span>{dayName(at, new Date(now))}</span>
    </div>
  );
}
