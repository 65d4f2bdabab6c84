import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import type { WebhookEndpoint } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { webhookWords } from '@/words/webhooks';
import { field, forms, optional, Wrong } from '../forms';
import { reloadEndpoint } from './data';

const say = webhookWords.range;

/** A stretch of the log goes again. */
export function ReplayRange({ endpoint, onClose }: { endpoint: WebhookEndpoint; onClose: () => void }) {
  const name = useId();
  const [status, setStatus] = useState('failed');
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const instant = (local: string) => (local ? new Date(local).toISOString() : undefined);
  const replaying = useMutation<{ count: number; has_more: boolean }, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/webhook-endpoints/{id}/replay', {
          params: { path: { id: endpoint.id } },
          headers: { 'Idempotency-Key': newKey() },
          body: { status, since: instant(since), until: instant(until) },
        }),
      ) as Promise<{ count: number; has_more: boolean }>,
    onSuccess: ({ count, has_more }) => {
      notify(has_more ? `${say.done(Number(count))} ${say.more}` : say.done(Number(count)));
      reloadEndpoint(endpoint.id);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={say.title} size={440}>
      <form
        className={forms.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          replaying.mutate();
        }}
      >
        <p>{say.text}</p>
        <fieldset className={forms.choices}>
          <legend>{say.which}</legend>
          {[
            { value: 'failed', name: say.failed, text: say.failedText },
            { value: 'all', name: say.all, text: say.allText },
          ].map((one) => (
            <label key={one.value} className={forms.choice}>
              <input type="radio" name={name} checked={status === one.value} onChange={() => setStatus(one.value)} />
              <b>{one.name}</b>
              <span>{one.text}</span>
            </label>
          ))}
        </fieldset>
        <TextInput
          {...field}
          type="datetime-local"
          label={optional(say.from)}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
          error={replaying.error?.fields.since}
        />
        <TextInput
          {...field}
          type="datetime-local"
          label={optional(say.to)}
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
          error={replaying.error?.fields.until}
        />
        <Wrong problem={replaying.error} fields={['since', 'until']} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={replaying.isPending}>
            {say.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
