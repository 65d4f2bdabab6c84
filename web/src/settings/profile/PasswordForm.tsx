import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import { notify } from '@/app/notices';
import { settingsWords } from '@/words/settings';
import { field, forms, Wrong } from '../forms';

const say = settingsWords.profile;

/** The server knows what a password must be like; its words stand at the field. */
export function PasswordForm({ email }: { email: string }) {
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation<void, Problem>({
    mutationFn: async () => {
      await ask(api.PUT('/api/me/password', { body: { present, next } }));
    },
    onSuccess: () => {
      setPresent('');
      setNext('');
      notify(say.changed);
      reread(keys.sessions);
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate();
  }

  return (
    <form className={forms.form} onSubmit={submit}>
      {/* Password managers file the new one under this name. */}
      <input hidden readOnly type="email" autoComplete="username" value={email} />
      <PasswordInput
        {...field}
        label={say.present}
        autoComplete="current-password"
        required
        value={present}
        onChange={(event) => setPresent(event.currentTarget.value)}
        error={change.error?.fields.present}
      />
      <PasswordInput
        {...field}
        label={say.next}
        description={say.nextHelp}
        autoComplete="new-password"
        required
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
        error={change.error?.fields.next}
      />
      <Wrong problem={change.error} fields={['present', 'next']} />
      <div className={forms.buttons}>
        <Button type="submit" loading={change.isPending} disabled={present === '' || next === ''}>
          {say.change}
        </Button>
      </div>
    </form>
  );
}
