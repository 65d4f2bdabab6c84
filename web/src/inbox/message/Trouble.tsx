import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import type { Message } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { exactTime } from '@/parts/dates';
import { words } from '@/words';
import { settleMessage } from '../state/threads';
import styles from './Message.module.css';

/** Why it did not go out, or is not known to have, and what can be done. */
export function Trouble({ message, canWrite }: { message: Message; canWrite: boolean }) {
  const [isOpen, setOpen] = useState(false);
  async function again() {
    try {
      settleMessage(
        (await ask(api.POST('/api/messages/{id}/retry', { params: { path: { id: message.id } } }))) as Message,
      );
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    }
  }
  return (
    <span className={styles.trouble} data-kind={message.status}>
      <span>{message.failure?.words ?? message.error_message ?? words.inbox.failedWithoutWords}</span>
      {canWrite && (
        <button type="button" onClick={again}>
          {words.again}
        </button>
      )}
      <button type="button" onClick={() => setOpen(true)}>
        {words.inbox.details}
      </button>
      {isOpen && <Details message={message} onClose={() => setOpen(false)} />}
    </span>
  );
}

/** What the provider told, step by step. */
function Details({ message, onClose }: { message: Message; onClose: () => void }) {
  const { data } = useQuery({
    queryKey: [...keys.message(message.id), message.status],
    queryFn: () => ask(api.GET('/api/messages/{id}', { params: { path: { id: message.id } } })),
  });
  return (
    <Dialog onClose={onClose} title={words.inbox.details} size={440}>
      <dl className={styles.steps}>
        <dt>{words.inbox.steps.queued}</dt>
        <dd>{exactTime(message.created_at)}</dd>
        {data?.steps?.map((step) => (
          <div key={step.status} style={{ display: 'contents' }}>
            <dt>{words.inbox.steps[step.status] ?? step.status}</dt>
            <dd>
              {exactTime(step.occurred_at)}
              {step.error_message && <p>{step.error_message}</p>}
            </dd>
          </div>
        ))}
        <dt>{words.inbox.attempts}</dt>
        <dd>{message.attempt + 1}</dd>
        {message.error_code && (
          <>
            <dt>{words.inbox.providerCode}</dt>
            <dd>{message.error_code}</dd>
          </>
        )}
        {message.error_message && (
          <>
            <dt>{words.inbox.providerWords}</dt>
            <dd>{message.error_message}</dd>
          </>
        )}
      </dl>
    </Dialog>
  );
}
