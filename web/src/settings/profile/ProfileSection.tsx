import { TextInput, useMantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Monitor, Moon, Sun } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useMe } from '@/api/session';
import { reread } from '@/api/told';
import type { Me, User } from '@/api/types';
import { SaveButton } from '@/parts/SaveButton';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { field, forms, Wrong } from '../forms';
import { Page, Part } from '../Page';
import { PasswordForm } from './PasswordForm';
import styles from './profile.module.css';
import { Sessions } from './Sessions';
import { Told } from './Told';

const say = settingsWords.profile;
const looks = [
  { value: 'auto', icon: Monitor },
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
] as const;

/** Who I am here, how it looks, and where I am signed in. */
export default function ProfileSection() {
  const { data: me } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Page title={settingsWords.sections.profile} text={say.text}>
      {me?.user && (
        <Part title={say.you}>
          <NameForm user={me.user} />
        </Part>
      )}
      <Part title={say.look} text={say.lookText}>
        <fieldset className={styles.looks} aria-label={say.look}>
          {looks.map(({ value, icon: Icon }) => (
            <label key={value}>
              <input type="radio" name="look" checked={colorScheme === value} onChange={() => setColorScheme(value)} />
              <Icon size={16} aria-hidden />
              {words.shell.themes[value]}
            </label>
          ))}
        </fieldset>
      </Part>
      {me?.user && (
        <>
          <Part title={words.labels.told} text={words.labels.toldText}>
            <Told />
          </Part>
          <Part title={say.password} text={say.passwordText}>
            <PasswordForm email={me.user.email} />
          </Part>
          <Part title={say.sessions}>
            <Sessions />
          </Part>
        </>
      )}
    </Page>
  );
}

function NameForm({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const saving = useMutation<User, Problem, string>({
    mutationFn: (wanted) => ask(api.PATCH('/api/me', { body: { name: wanted } })) as Promise<User>,
    onSuccess: (changed) => {
      queries.setQueryData<Me>(keys.me, (me) => me && { ...me, user: changed });
      reread(keys.users);
      setName(changed.name);
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate(name);
  }

  return (
    <form className={forms.form} onSubmit={submit}>
      <TextInput
        {...field}
        label={say.name}
        description={say.nameHelp}
        autoComplete="name"
        maxLength={150}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={saving.error?.fields.name}
      />
      <dl className={forms.facts}>
        <dt>{say.email}</dt>
        <dd>{user.email}</dd>
        <dt>{say.role}</dt>
        <dd>{words.shell.roles[user.role as Me['role']]}</dd>
      </dl>
      <Wrong problem={saving.error} fields={['name']} />
      <div className={forms.buttons}>
        <SaveButton saving={saving} isChanged={name.trim() !== user.name} />
      </div>
    </form>
  );
}
