import '@mantine/core/styles/InlineInput.layer.css';
import '@mantine/core/styles/Checkbox.layer.css';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import type { WebhookEndpoint } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { webhookWords as say } from '@/words/webhooks';
import { field, forms, optional, Wrong } from '../forms';
import { Once } from '../Once';
import { reloadEndpoint, useEventTypes } from './data';
import styles from './webhooks.module.css';

interface Saved {
  endpoint: WebhookEndpoint;
  secret: string | null;
}

/** A new endpoint, or another address, purpose or choice for one; a new one shows its secret this once. */
export function EditEndpoint({ endpoint, onClose }: { endpoint?: WebhookEndpoint; onClose: () => void }) {
  const navigate = useNavigate();
  const [url, setUrl] = useState(endpoint?.url ?? '');
  const [description, setDescription] = useState(endpoint?.description ?? '');
  const [isAll, setAll] = useState(!endpoint || endpoint.event_types.length === 0);
  const [types, setTypes] = useState<string[]>(endpoint?.event_types ?? []);
  const key = useRef(newKey());
  const saving = useMutation<Saved, Problem>({
    mutationFn: async () => {
      const body = { url: url.trim(), description: description.trim(), event_types: isAll ? [] : types };
      if (!endpoint)
        return (await ask(
          api.POST('/api/webhook-endpoints', { body, headers: { 'Idempotency-Key': key.current } }),
        )) as Saved;
      const path = { id: endpoint.id };
      return {
        endpoint: (await ask(api.PATCH('/api/webhook-endpoints/{id}', { params: { path }, body }))) as WebhookEndpoint,
        secret: null,
      };
    },
    onError: () => {
      key.current = newKey();
    },
    onSuccess: (saved) => {
      reloadEndpoint(saved.endpoint.id);
      if (endpoint) onClose();
    },
  });

  if (saving.data?.secret)
    return (
      <Once
        title={say.once.created}
        text={say.once.text}
        lines={[{ label: say.once.label, text: saving.data.secret }]}
        done={say.once.done}
        onClose={() => {
          onClose();
          void navigate({ to: `/settings/webhooks/${saving.data?.endpoint.id}` });
        }}
      />
    );

  const lacksTypes = !isAll && types.length === 0;
  return (
    <Dialog onClose={onClose} title={endpoint ? say.edit : say.add} size={520}>
      <form
        className={forms.form}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <TextInput
          {...field}
          type="url"
          label={say.form.url}
          description={say.form.urlHelp}
          placeholder="https://"
          required
          maxLength={2000}
          data-autofocus
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={saving.error?.fields.url}
        />
        <TextInput
          {...field}
          label={optional(say.form.description)}
          maxLength={200}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={saving.error?.fields.description}
        />
        <Events isAll={isAll} onAll={setAll} types={types} onTypes={setTypes} />
        <Wrong problem={saving.error} fields={['url', 'description']} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={saving.isPending} disabled={url.trim() === '' || lacksTypes}>
            {endpoint ? words.save : say.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Events({
  isAll,
  onAll,
  types,
  onTypes,
}: {
  isAll: boolean;
  onAll: (isAll: boolean) => void;
  types: string[];
  onTypes: (types: string[]) => void;
}) {
  const name = useId();
  const { data } = useEventTypes();
  const groups = [...new Set(data?.map((one) => one.group))];
  return (
    <>
      <fieldset className={forms.choices}>
        <legend>{say.form.events}</legend>
        <label className={forms.choice}>
          <input type="radio" name={name} checked={isAll} onChange={() => onAll(true)} />
          <b>{say.form.all}</b>
          <span>{say.form.allText}</span>
        </label>
        <label className={forms.choice}>
          <input type="radio" name={name} checked={!isAll} onChange={() => onAll(false)} />
          <b>{say.form.some}</b>
          <span>{say.form.someText}</span>
        </label>
      </fieldset>
      {!isAll && (
        <div className={styles.types}>
          {groups.map((group) => (
            <fieldset key={group}>
              <legend>{group}</legend>
              {data
                ?.filter((one) => one.group === group)
                .map((one) => (
                  <Checkbox
                    key={one.type}
                    label={one.description}
                    description={one.type}
                    checked={types.includes(one.type)}
                    onChange={() =>
                      onTypes(
                        types.includes(one.type) ? types.filter((type) => type !== one.type) : [...types, one.type],
                      )
                    }
                  />
                ))}
            </fieldset>
          ))}
        </div>
      )}
    </>
  );
}
