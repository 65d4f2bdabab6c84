import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Role } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { field, forms, RoleChoice, Wrong } from '../forms';
import { Once } from '../Once';

const say = settingsWords.keys;

/** Makes a key, then shows it this once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('editor');
  const creating = useMutation<{ name: string; key: string | null }, Problem>({
    mutationFn: () =>
      ask(api.POST('/api/api-keys', { body: { name, role } })) as Promise<{ name: string; key: string | null }>,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });

  if (creating.data)
    return (
      <Once
        title={say.created(creating.data.name)}
        text={say.createdText}
        lines={[{ label: say.key, text: creating.data.key ?? '' }]}
        done={say.done}
        onClose={onClose}
      />
    );

  function submit(event: FormEvent) {
    event.preventDefault();
    creating.mutate();
  }

  return (
    <Dialog onClose={onClose} title={say.create} size={440}>
      <form className={forms.form} onSubmit={submit} noValidate>
        <TextInput
          {...field}
          label={say.name}
          description={say.nameHelp}
          required
          maxLength={150}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={creating.error?.fields.name}
        />
        <RoleChoice label={say.role} texts={say.roles} value={role} onChange={setRole} />
        <Wrong problem={creating.error} fields={['name']} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={creating.isPending} disabled={name.trim() === ''}>
            {say.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
