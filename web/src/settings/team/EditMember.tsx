import '@mantine/core/styles/Checkbox.layer.css';
import '@mantine/core/styles/InlineInput.layer.css';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { useMe } from '@/api/session';
import { reread } from '@/api/told';
import type { Role, User } from '@/api/types';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { field, forms, RoleChoice, Wrong } from '../forms';

const say = settingsWords.team;

interface Change {
  name?: string;
  role?: Role;
  is_active?: boolean;
  sees?: 'all' | 'team';
}

/** Name and role of somebody, and whether they may sign in. */
export function EditMember({ user, onClose }: { user: User; onClose: () => void }) {
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role as Role);
  const [sees, setSees] = useState(user.sees as 'all' | 'team');
  const [isAsking, setAsking] = useState(false);
  const { data: me } = useMe();
  const saving = useMutation<User, Problem, Change>({
    mutationFn: (change) =>
      ask(api.PATCH('/api/users/{id}', { params: { path: { id: user.id } }, body: change })) as Promise<User>,
    onSuccess: (changed, { is_active }) => {
      reread(keys.users);
      if (changed.id === me?.user?.id) reread(keys.me);
      notify((is_active === undefined ? say.saved : is_active ? say.activated : say.deactivated)(changed.name));
      onClose();
    },
    // What is refused is explained in the form, where the reason can be dealt with.
    onError: () => setAsking(false),
  });

  if (isAsking)
    return (
      <Ask
        title={`${say.deactivate}: ${user.name}`}
        text={say.deactivateText(user.name)}
        action={say.deactivate}
        isBusy={saving.isPending}
        onYes={() => saving.mutate({ is_active: false })}
        onClose={() => setAsking(false)}
      />
    );

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate({ name, role, sees });
  }

  return (
    <Dialog onClose={onClose} title={say.edit(user.name)} size={440}>
      <form className={forms.form} onSubmit={submit} noValidate>
        <TextInput
          {...field}
          label={say.name}
          maxLength={150}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={saving.error?.fields.name}
        />
        <RoleChoice label={say.role} texts={say.roles} value={role} onChange={setRole} />
        <Checkbox
          label={say.seesTeam}
          description={role === 'admin' ? say.seesAdmin : say.seesTeamText}
          disabled={role === 'admin'}
          checked={sees === 'team' && role !== 'admin'}
          onChange={(event) => setSees(event.currentTarget.checked ? 'team' : 'all')}
        />
        <Wrong problem={saving.error} fields={['name']} />
        <div className={forms.apart}>
          {user.is_active ? (
            <Button variant="subtle" color="red" onClick={() => setAsking(true)}>
              {say.deactivate}
            </Button>
          ) : (
            <Button variant="subtle" loading={saving.isPending} onClick={() => saving.mutate({ is_active: true })}>
              {say.activate}
            </Button>
          )}
          <span className={forms.buttons}>
            <Button variant="default" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button
              type="submit"
              loading={saving.isPending}
              disabled={name.trim() === user.name && role === user.role && sees === user.sees}
            >
              {words.save}
            </Button>
          </span>
        </div>
      </form>
    </Dialog>
  );
}
