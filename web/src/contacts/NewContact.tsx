import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import type { Contact } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { field, Wrong } from '@/settings/forms';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { reload } from './data';

const names = ['name', 'phone', 'email', 'external_ref'];

/** Somebody who has not written yet. */
export function NewContact({ onClose, onAdded }: { onClose: () => void; onAdded: (id: string) => void }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const adding = useMutation<Contact, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/contacts', {
          body: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
        }),
      ) as Promise<Contact>,
    onSuccess: (contact) => {
      reload(contact);
      onClose();
      onAdded(contact.id);
    },
  });
  return (
    <Dialog title={say.add} onClose={onClose}>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          adding.mutate();
        }}
      >
        {names.map((name, index) => (
          <TextInput
            key={name}
            {...field}
            label={say.fields[name]}
            data-autofocus={index === 0 || undefined}
            value={values[name] ?? ''}
            error={adding.error?.fields[name]}
            onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
          />
        ))}
        <Wrong problem={adding.error} fields={names} />
        <Button type="submit" loading={adding.isPending}>
          {say.create}
        </Button>
      </form>
    </Dialog>
  );
}
