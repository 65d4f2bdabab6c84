import '@mantine/core/styles/Checkbox.layer.css';
import '@mantine/core/styles/InlineInput.layer.css';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import type { Team } from '@/api/types';
import { notify } from '@/app/notices';
import { useMembers } from '@/inbox/assignment/data';
import { useIntegrations } from '@/inbox/state/lists';
import { Ask } from '@/parts/Ask';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { field, forms, Wrong } from '../forms';
import styles from './teams.module.css';

const say = words.assignment.settings;

/** A team: its name, who is in it, and how it shares out what is new. */
export function EditTeam({ team, onClose }: { team: Team | undefined; onClose: () => void }) {
  const [name, setName] = useState(team?.name ?? '');
  const [strategy, setStrategy] = useState(team?.strategy ?? 'none');
  const [members, setMembers] = useState(team?.member_ids ?? []);
  const [accounts, setAccounts] = useState(team?.integration_ids ?? []);
  const [isAsking, setAsking] = useState(false);
  const { data: people } = useMembers();
  const { data: integrations } = useIntegrations();
  const group = useId();
  const done = (text: string) => {
    reread(keys.teams);
    notify(text);
    onClose();
  };
  const saving = useMutation<unknown, Problem>({
    mutationFn: () => {
      const body = { name: name.trim(), strategy, member_ids: members, integration_ids: accounts };
      return team
        ? ask(api.PATCH('/api/teams/{id}', { params: { path: { id: team.id } }, body }))
        : ask(api.POST('/api/teams', { body }));
    },
    onSuccess: () => done(say.saved(name.trim())),
  });
  const removing = useMutation<unknown, Problem>({
    mutationFn: () => ask(api.DELETE('/api/teams/{id}', { params: { path: { id: team?.id ?? '' } } })),
    onSuccess: () => done(say.removed(team?.name ?? '')),
    onError: (problem) => notify(problem.message, { isBad: true }),
  });

  if (isAsking && team)
    return (
      <Ask
        title={`${say.remove}: ${team.name}`}
        text={say.removeText(team.name)}
        action={say.remove}
        isBusy={removing.isPending}
        onYes={() => removing.mutate()}
        onClose={() => setAsking(false)}
      />
    );

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }
  const toggle = (list: string[], id: string) => (list.includes(id) ? list.filter((one) => one !== id) : [...list, id]);

  return (
    <Dialog onClose={onClose} title={team ? say.edit(team.name) : say.add} size={480}>
      <form className={forms.form} onSubmit={submit} noValidate>
        <TextInput
          {...field}
          label={say.name}
          required
          maxLength={150}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={saving.error?.fields.name}
        />
        <fieldset className={forms.choices}>
          <legend>{say.strategy}</legend>
          {Object.entries(say.strategies).map(([value, text]) => (
            <label key={value} className={forms.choice}>
              <input type="radio" name={group} checked={strategy === value} onChange={() => setStrategy(value)} />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <Checks
          label={say.members}
          items={(people ?? []).filter((one) => one.is_active || members.includes(one.id))}
          chosen={members}
          onToggle={(id) => setMembers(toggle(members, id))}
        />
        <Checks
          label={say.accounts}
          text={say.accountsText}
          items={integrations ?? []}
          chosen={accounts}
          onToggle={(id) => setAccounts(toggle(accounts, id))}
        />
        <Wrong problem={saving.error} fields={['name']} />
        <div className={team ? forms.apart : forms.end}>
          {team && (
            <Button variant="subtle" color="red" onClick={() => setAsking(true)}>
              {say.remove}
            </Button>
          )}
          <span className={forms.buttons}>
            <Button variant="default" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={name.trim() === ''}>
              {words.save}
            </Button>
          </span>
        </div>
      </form>
    </Dialog>
  );
}

function Checks({
  label,
  text,
  items,
  chosen,
  onToggle,
}: {
  label: string;
  text?: string;
  items: { id: string; name: string }[];
  chosen: string[];
  onToggle: (id: string) => void;
}) {
  return (
    <fieldset className={styles.checks}>
      <legend>{label}</legend>
      {text && <p>{text}</p>}
      <div>
        {items.map((item) => (
          <Checkbox
            key={item.id}
            label={item.name}
            checked={chosen.includes(item.id)}
            onChange={() => onToggle(item.id)}
          />
        ))}
      </div>
    </fieldset>
  );
}
