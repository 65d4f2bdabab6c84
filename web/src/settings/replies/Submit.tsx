import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import type { Integration, Template } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { field, forms, Wrong } from '../forms';

const say = words.replies;

/** Gives one to a provider for review, with an example for each blank. */
export function Submit({
  template,
  accounts,
  onClose,
}: {
  template: Template;
  accounts: Integration[];
  onClose: () => void;
}) {
  const names = [...new Set([...template.variables.header, ...template.variables.body])];
  const [account, setAccount] = useState(accounts[0]?.id ?? '');
  const [examples, setExamples] = useState<Record<string, string>>({});
  const submitting = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/templates/{id}/submission', {
          params: { path: { id: template.id } },
          body: { integration_id: account, examples },
        }),
      ),
    onSuccess: () => {
      reread(keys.allTemplates);
      notify(say.submitted);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={say.submitTitle(template.name)} size={440}>
      <form
        className={forms.form}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          submitting.mutate();
        }}
      >
        <p>{say.submitText}</p>
        <NativeSelect
          label={say.account}
          value={account}
          data={accounts.map((one) => ({ value: one.id, label: one.name }))}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
        {names.map((name) => (
          <TextInput
            {...field}
            key={name}
            label={say.example(name)}
            value={examples[name] ?? ''}
            onChange={(event) => setExamples({ ...examples, [name]: event.currentTarget.value })}
            error={submitting.error?.fields[`examples.${name}`]}
          />
        ))}
        <Wrong problem={submitting.error} fields={names.map((name) => `examples.${name}`)} />
        <div className={forms.end}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={submitting.isPending}>
            {say.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
