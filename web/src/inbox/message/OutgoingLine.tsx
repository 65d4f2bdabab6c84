import { Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { words } from '@/words';
import { focusComposer } from '../composer/focus';
import { drafts } from '../state/drafts';
import { type Outgoing, outbox } from '../state/outbox';
import { FileView } from './FileView';
import { Linked } from './Linked';
import styles from './Message.module.css';
import { Quote } from './Quote';

/** Puts what was taken back into the field again, before what stands there by now. */
export function takeBack(entry: Outgoing | undefined): void {
  const taken = entry && outbox.take(entry.key);
  if (!taken) return;
  const draft = drafts.read(taken.conversation);
  const text = taken.body.type === 'template' ? '' : (taken.body.content ?? '');
  drafts.write(taken.conversation, {
    text: [text, draft.text].filter(Boolean).join('\n'),
    answered: taken.answered ?? draft.answered,
    files: taken.file ? [taken.file, ...(draft.files ?? [])] : draft.files,
  });
  focusComposer();
}

/** A message that the server has not confirmed yet. */
export function OutgoingLine({ entry, isFirst, isLast }: { entry: Outgoing; isFirst: boolean; isLast: boolean }) {
  const left = useSecondsLeft(entry.leavesAt);
  return (
    <div
      className={styles.line}
      data-mine
      data-row={entry.key}
      data-first={isFirst || undefined}
      data-last={isLast || undefined}
    >
      <div className={styles.column}>
        <div
          className={styles.bubble}
          data-waiting={!entry.refused || undefined}
          data-trouble={entry.refused ? 'failed' : undefined}
        >
          {entry.answered && <Quote answered={entry.answered} />}
          {entry.file && <FileView file={entry.file} />}
          <Linked text={entry.preview ?? entry.body.content ?? ''} />
        </div>
        {entry.refused ? (
          <span className={styles.trouble} role="alert">
            <span>{entry.refused}</span>
            <button type="button" onClick={() => outbox.again(entry.key)}>
              {words.again}
            </button>
            <button type="button" onClick={() => takeBack(entry)}>
              {words.inbox.outbox.edit}
            </button>
            <button type="button" onClick={() => outbox.take(entry.key)}>
              {words.inbox.outbox.discard}
            </button>
          </span>
        ) : (
          <span className={styles.trouble} data-kind="held">
            {left > 0 ? (
              <>
                <span className="figures">{words.inbox.outbox.held(left)}</span>
                <button type="button" onClick={() => takeBack(entry)}>
                  {words.inbox.undo}
                </button>
              </>
            ) : (
              <>
                <Clock size={12} aria-hidden /> {words.inbox.outbox.leaving}
              </>
            )}
          </span>
        )}
      </div>
    </div>
  );
}

function useSecondsLeft(until: number): number {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(50, (until - Date.now()) % 1000 || 1000));
    return () => clearTimeout(timer);
  }, [left, until]);
  return left;
}
