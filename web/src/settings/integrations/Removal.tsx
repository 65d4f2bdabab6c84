import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import type { Integration } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { Loaded } from '@/parts/Loaded';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { field, forms, Wrong } from '../forms';
import { Part } from '../Page';

const say = settingsWords.integrations.remove;

/** Removing an account: what it costs, and its name as the confirmation. */
export function Removal({ integration }: { integration: Integration }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Part title={say.title}>
      <Button variant="default" color="red" onClick={() => setAsking(true)}>
        {say.action}
      </Button>
      {isAsking && <Confirm integration={integration} onClose={() => setAsking(false)} />}
    </Part>
  );
}

function Confirm({ integration, onClose }: { integration: Integration; onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const path = { id: integration.id };
  const loss = useQuery({
    queryKey: ['removal', integration.id],
    queryFn: () => ask(api.GET('/api/integrations/{id}/removal', { params: { path } })),
    staleTime: 0,
    gcTime: 0,
  });
  const removing = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(api.DELETE('/api/integrations/{id}', { params: { path, query: { name } } })) as Promise<unknown>,
    onSuccess: async () => {
      notify(say.done(integration.name));
      await navigate({ to: '/settings/integrations' });
      reread(keys.integrations);
    },
  });
  return (
    <Dialog onClose={onClose} title={say.title} size={440}>
      <form
        className={forms.form}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          removing.mutate();
        }}
      >
        <p>{say.text}</p>
        <Loaded query={loss} lines={3}>
          {(counted) => (
            <ul>
              {counted.words.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
        </Loaded>
        <TextInput
          {...field}
          label={say.confirm(integration.name)}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Wrong problem={removing.error} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" color="red" disabled={name !== integration.name} loading={removing.isPending}>
            {say.title}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
