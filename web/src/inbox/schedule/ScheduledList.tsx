import type { Conversation } from '@/api/types';
import { words } from '@/words';
import { useScheduled } from './data';
import { ScheduledItem } from './ScheduledItem';
import styles from './schedule.module.css';

/** At the end of a conversation: what will be said in it. */
export function ScheduledList({ conversation, canWrite }: { conversation: Conversation; canWrite: boolean }) {
  const { data } = useScheduled(conversation.id);
  if (!data || data.length === 0) return null;
  return (
    <section className={styles.strip} aria-label={words.scheduling.here}>
      <ul>
        {data.map((message) => (
          <li key={message.id}>
            <ScheduledItem message={message} canWrite={canWrite} />
          </li>
        ))}
      </ul>
    </section>
  );
}
