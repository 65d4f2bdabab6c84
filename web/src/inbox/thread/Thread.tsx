import { ArrowDown } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
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
import { isLeaving, useOutbox } from '../state/outbox';
import { readsAt } from '../state/reader';
import { useThread } from '../state/threads';
import { useNewLine } from './newLine';
import { type Row, rowsOf, withoutTwins } from './rows';
import styles from './Thread.module.css';
import { useIsLooking, useReading } from './useReading';
import { useThreadScroll } from './useThreadScroll';

/** What was said: a window of it that moves with the reader, so that length costs nothing. */
export function Thread({
  conversation,
  around,
  canWrite,
  onMessage,
}: {
  conversation: Conversation;
  around: string | undefined;
  canWrite: boolean;
  /** Without one: to the latest. */
  onMessage: (id: string | undefined) => void;
}) {
  const { id } = conversation;
  // What was unread when it was opened.
  const [unread] = useState(conversation.unread_count);
  const { data: me } = useMe();
  const thread = useThread(id, around, unread);
  const all = useOutbox();
  const entries = useMemo(() => all.filter((entry) => entry.conversation === id), [all, id]);
  const messages = useMemo(() => thread.data?.pages.flatMap((page) => page.items) ?? [], [thread.data]);
  const author = me?.user ? `user:${me.user.id}` : '';
  const reachesNow = thread.data !== undefined && thread.data.pages.at(-1)?.newer === null;
  const isLooking = useIsLooking();
  const [isReading, setReading] = useState(false);
  const newLine = useNewLine({
    messages,
    isReady: thread.data !== undefined,
    isWhole: thread.data !== undefined && !thread.hasPreviousPage,
    reachesNow,
    unread: conversation.is_read ? 0 : conversation.unread_count,
    isReading,
  });
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
    const leaving = entries.filter((entry) => isLeaving(entry));
    return rowsOf(withoutTwins(messages, leaving, author), reachesNow ? entries : [], newLine, notes);
  }, [messages, entries, author, reachesNow, newLine, notes]);

  const scroller = useRef<HTMLDivElement>(null);
  const { isAway, endIsSeen, toEnd, top } = useThreadScroll(scroller, {
    rows,
    isReady: thread.data !== undefined,
    target: around ?? (newLine ? 'new' : undefined),
    isCentred: around !== undefined,
    older: thread.hasPreviousPage && !thread.isFetching ? thread.fetchPreviousPage : undefined,
    newer: thread.hasNextPage && !thread.isFetching ? thread.fetchNextPage : undefined,
    reachesNow,
    isUnseen: !isLooking,
    sent: entries.at(-1)?.key,
  });
  if (isReading !== (isLooking && endIsSeen)) setReading(isLooking && endIsSeen);
  useEffect(() => readsAt({ conversation: id, top }), [id, top]);
  useReading(conversation, canWrite && isReading, messages.at(-1)?.id);

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
