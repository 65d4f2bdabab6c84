import { useEffect, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { Failed } from '@/parts/States';
import { words } from '@/words';
import { Composer } from '../composer/Composer';
import { DropZone } from '../composer/DropZone';
import { ScheduledList } from '../schedule/ScheduledList';
import { watch } from '../state/announce';
import { changeConversation } from '../state/changes';
import { forgetPast } from '../state/threads';
import { Thread } from './Thread';
import { ThreadHead } from './ThreadHead';

const READ_AFTER = 400;

/** One conversation: who it is with, what was said, and the field to answer in. */
export function ThreadPane({
  id,
  conversation,
  problem,
  message,
  canWrite,
  panelIsOpen,
  onPanel,
  onBack,
  onMessage,
}: {
  id: string;
  conversation: Conversation | undefined;
  problem: Error | null;
  message: string | undefined;
  canWrite: boolean;
  panelIsOpen: boolean;
  onPanel: () => void;
  onBack: () => void;
  onMessage: (id: string | undefined) => void;
}) {
  // What was unread when it was opened: the line stays where it is while one reads.
  const [unread, setUnread] = useState<number>();
  const isOpened = useRef(false);
  if (!isOpened.current) {
    isOpened.current = true;
    forgetPast(id);
  }
  if (conversation && unread === undefined) setUnread(conversation.unread_count);
  useReading(conversation, canWrite);

  if (problem && !conversation) return <Failed problem={Problem.of(problem)} onAgain={() => onBack()} />;
  if (!conversation || unread === undefined) return <div role="status" aria-label={words.loading} />;
  return (
    <DropZone conversation={conversation} canWrite={canWrite}>
      <ThreadHead
        conversation={conversation}
        canWrite={canWrite}
        panelIsOpen={panelIsOpen}
        onPanel={onPanel}
        onBack={onBack}
      />
      <Thread
        key={message ?? 'latest'}
        conversation={conversation}
        around={message}
        unread={unread}
        canWrite={canWrite}
        onMessage={onMessage}
      />
      <ScheduledList conversation={conversation} canWrite={canWrite} />
      {canWrite && <Composer conversation={conversation} onSend={() => message && onMessage(undefined)} />}
    </DropZone>
  );
}

/** What is before somebody's eyes is read, for the whole team; and only by those who may say so. */
function useReading(conversation: Conversation | undefined, canWrite: boolean): void {
  const [isSeen, setSeen] = useState(document.visibilityState === 'visible' && document.hasFocus());
  useEffect(() => {
    const look = () => setSeen(document.visibilityState === 'visible' && document.hasFocus());
    const events = ['visibilitychange', 'focus', 'blur'] as const;
    for (const event of events) addEventListener(event, look, true);
    return () => {
      for (const event of events) removeEventListener(event, look, true);
    };
  }, []);
  const id = conversation?.id;
  useEffect(() => {
    watch(id);
    return () => watch(undefined);
  }, [id]);
  const mustRead = canWrite && isSeen && conversation !== undefined && !conversation.is_read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time begins again when a message comes, not with every change
  useEffect(() => {
    if (!mustRead || !conversation) return;
    const timer = setTimeout(
      () => void changeConversation(conversation, { kind: 'read' }, { silent: true }),
      READ_AFTER,
    );
    return () => clearTimeout(timer);
  }, [mustRead, id, conversation?.unread_count]);
}
