import { CalendarClock, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { ScheduledMessage } from '@/api/types';
import { notify } from '@/app/notices';
import { soon, useNow } from '@/parts/dates';
import { words } from '@/words';
import { previewOf } from '../message/preview';
import { cancel, refreshScheduled, sendNow, type When } from './data';
import styles from './schedule.module.css';
import { hereZone } from './times';

const TimeDialog = lazy(() => import('./TimeDialog'));
const say = words.scheduling;
const withWords = ['text', 'image', 'video', 'document'];

/** A message that waits, and what can be done with it. */
export function ScheduledItem({ message, canWrite }: { message: ScheduledMessage; canWrite: boolean }) {
  const [isEditing, setEditing] = useState(false);
  const now = new Date(useNow());
  if (!message.schedule) return null;
  const { schedule } = message;
  const isLate = schedule.state === 'needs_decision';
  const elsewhere =
    schedule.time_zone === hereZone() ? undefined : `${schedule.local_time.slice(11, 16)} ${schedule.time_zone}`;

  async function change(when: When, text: string | undefined): Promise<boolean> {
    // What is late stays late while only its words are changed.
    const isMoved = when.scheduled_at !== schedule.local_time.slice(0, 16) || when.time_zone !== schedule.time_zone;
    try {
      await ask(
        api.PATCH('/api/scheduled-messages/{id}', {
          params: { path: { id: message.id } },
          body: { ...(isMoved ? when : {}), content: text === (message.content ?? '') ? undefined : text },
        }),
      );
      refreshScheduled();
      return true;
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
      refreshScheduled();
      return false;
    }
  }

  return (
    <div className={styles.item} data-late={isLate || undefined}>
      <p className={styles.said} dir="auto">
        {previewOf(message.type, message.content)}
      </p>
      <p className={styles.when}>
        {isLate ? <TriangleAlert size={13} aria-hidden /> : <CalendarClock size={13} aria-hidden />}
        <span>{isLate ? schedule.words : say.leaves(soon(new Date(schedule.at), now), elsewhere)}</span>
      </p>
      {canWrite && (
        <p className={styles.actions}>
          <button type="button" onClick={() => setEditing(true)}>
            {say.edit}
          </button>
          <button type="button" onClick={() => sendNow(message.id)}>
            {say.now}
          </button>
          <button type="button" onClick={() => cancel(message.id)}>
            {isLate ? say.discard : say.cancel}
          </button>
        </p>
      )}
      <Suspense>
        {isEditing && (
          <TimeDialog
            title={say.editTitle}
            action={words.save}
            contact={message.contact_id}
            start={{ local: schedule.local_time, zone: schedule.time_zone }}
            text={withWords.includes(message.type) ? (message.content ?? '') : undefined}
            onChoose={change}
            onClose={() => setEditing(false)}
          />
        )}
      </Suspense>
    </div>
  );
}
