import { words } from '@/words';
import type { Answered } from '../state/drafts';
import styles from './Message.module.css';
import { previewOf } from './preview';

/** The message that this one answers; a click goes there. */
export function Quote({ answered, onOpen }: { answered: Answered; onOpen?: (id: string) => void }) {
  const inside = (
    <>
      <b>{answered.direction === 'outbound' ? words.inbox.quoteUs : words.inbox.quoteThem}</b>
      <span dir="auto">{previewOf(answered.type, answered.content)}</span>
    </>
  );
  if (!onOpen) return <div className={styles.quote}>{inside}</div>;
  return (
    <button type="button" className={styles.quote} onClick={() => onOpen(answered.id)}>
      <span className="hidden-words">{words.inbox.toAnswered}</span>
      {inside}
    </button>
  );
}
