import { Copy, Link2, Reply } from 'lucide-react';
import { memo, type PointerEvent, useState } from 'react';
import type { Message } from '@/api/types';
import { copyAndTell } from '@/parts/Copy';
import { Clock } from '@/parts/Moment';
import { words } from '@/words';
import { botWords } from '@/words/bot';
import { focusComposer } from '../composer/focus';
import { drafts } from '../state/drafts';
import { Content } from './Content';
import styles from './Message.module.css';
import { Quote } from './Quote';
import { Ticks } from './Ticks';
import { Trouble } from './Trouble';

/** A message as it stands in the thread. It is drawn again only when it changes itself. */
export const MessageLine = memo(function MessageLine({
  message,
  me,
  isFirst,
  isLast,
  isTarget,
  canWrite,
  onMessage,
}: {
  message: Message;
  /** My own messages do not say who wrote them. */
  me: string;
  isFirst: boolean;
  isLast: boolean;
  isTarget: boolean;
  canWrite: boolean;
  onMessage: (id: string) => void;
}) {
  const [isTouched, setTouched] = useState(false);
  // A finger has no hover: it shows the tools by touching the message, and hides them the same way.
  const touch = (event: PointerEvent) => event.pointerType === 'touch' && setTouched(!isTouched);
  if (message.type === 'event')
    return (
      <p className={styles.event} data-row={message.id}>
        {message.content}
      </p>
    );
  const isMine = message.direction === 'outbound';
  const hasTrouble = isMine && (message.status === 'failed' || message.status === 'unknown');
  return (
    <div
      className={styles.line}
      data-row={message.id}
      data-mine={isMine || undefined}
      data-first={isFirst || undefined}
      data-last={isLast || undefined}
      data-target={isTarget || undefined}
      data-touched={isTouched || undefined}
    >
      <div className={styles.column} onPointerUp={touch}>
        <div className={styles.bubble} data-trouble={hasTrouble ? message.status : undefined}>
          <span className="hidden-words">{isMine ? words.inbox.fromUs : words.inbox.fromThem}</span>
          {message.answered && <Quote answered={message.answered} onOpen={onMessage} />}
          <Content message={message} />
          {message.reactions && message.reactions.length > 0 && (
            <span
              className={styles.reactions}
              role="img"
              aria-label={words.inbox.reactions(message.reactions.map((one) => one.emoji).join(' '))}
            >
              {[...new Set(message.reactions.map((one) => one.emoji))].join(' ')}
            </span>
          )}
        </div>
        <span className={styles.foot}>
          {message.writer_name && message.author !== me && <span>{message.writer_name}</span>}
          {message.author === 'bot' && <span>{botWords.thread.writer}</span>}
          {message.author.startsWith('campaign:') && <span>{words.inbox.byCampaign}</span>}
          {message.edited_at && !message.deleted_at && <span>{words.inbox.edited}</span>}
          <Clock at={message.occurred_at} />
          {isMine && <Ticks message={message} />}
        </span>
        <Sources message={message} />
        {hasTrouble && <Trouble message={message} canWrite={canWrite} />}
      </div>
      {!message.deleted_at && <Tools message={message} canWrite={canWrite} withTime={!isLast} />}
    </div>
  );
});

/** The documents that an answer of the bot was made from. */
function Sources({ message }: { message: Message }) {
  const sources = message.author === 'bot' && message.metadata?.sources;
  if (!Array.isArray(sources) || sources.length === 0) return null;
  const titles = new Set(sources.map((source: { title?: string }) => source.title ?? ''));
  return <span className={styles.sources}>{botWords.thread.sources([...titles].join(', '))}</span>;
}

/** What can be done with one message: beside it, when one points there. Plain buttons, since there are hundreds of them. */
function Tools({ message, canWrite, withTime }: { message: Message; canWrite: boolean; withTime: boolean }) {
  const answer = () => {
    const { id, direction, type, content } = message;
    drafts.change(message.conversation_id, { answered: { id, direction, type, content } });
    focusComposer();
  };
  const link = `${location.origin}/inbox/all/${message.conversation_id}?message=${message.id}`;
  return (
    <span className={styles.tools}>
      {canWrite && message.external_message_id !== null && (
        <Tool name={words.inbox.actions.answer} icon={Reply} onClick={answer} />
      )}
      {message.content && (
        <Tool
          name={words.inbox.actions.copyText}
          icon={Copy}
          onClick={() => copyAndTell(message.content ?? '', words.inbox.textCopied)}
        />
      )}
      <Tool
        name={words.inbox.actions.copyLink}
        icon={Link2}
        onClick={() => copyAndTell(link, words.inbox.linkCopied)}
      />
      {withTime && <Clock at={message.occurred_at} />}
      {withTime && message.seen_by?.length ? <Ticks message={message} /> : null}
    </span>
  );
}

function Tool({ name, icon: Icon, onClick }: { name: string; icon: typeof Copy; onClick: () => void }) {
  return (
    <button type="button" aria-label={name} title={name} onClick={onClick}>
      <Icon size={15} aria-hidden />
    </button>
  );
}
