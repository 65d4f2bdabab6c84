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
import { field, forms, optional, RoleChoice, Wrong } from '../forms';
import { Once } from '../Once';

const say = settingsWords.team;

interface Added {
  email: string;
  name: string;
  password: string | null;
}

/** Adds somebody, then shows the password that was made for them. */
export function AddMember({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('editor');
  const adding = useMutation<Added, Problem>({
    mutationFn: () =>
      ask(api.POST('/api/users', { body: { email: email.trim(), name: name.trim() || null, role } })) as Promise<Added>,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.users }),
  });

  if (adding.data)
    return (
      <Once
        title={say.added(adding.data.name)}
        text={say.addedText}
        lines={[
          { label: say.signIn, text: adding.data.email },
          { label: say.password, text: adding.data.password ?? '' },
        ]}
        done={say.done}
        onClose={onClose}
      />
    );

  function submit(event: FormEvent) {
    event.preventDefault();
    adding.mutate();
  }

  return (
    <Dialog onClose={onClose} title={say.add} size={440}>
      <form className={forms.form} onSubmit={submit} noValidate>
        <TextInput
          {...field}
          label={say.email}
          type="email"
          required
          data-autofocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={adding.error?.fields.email}
        />
        <TextInput
          {...field}
          label={optional(say.name)}
          description={say.nameHelp}
          maxLength={150}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={adding.error?.fields.name}
        />
        <RoleChoice label={say.role} texts={say.roles} value={role} onChange={setRole} />
        <Wrong problem={adding.error} fields={['email', 'name']} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={adding.isPending}>
            {say.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
