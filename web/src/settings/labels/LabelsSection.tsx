import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Plus, Tag } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import { reread } from '@/api/told';
import type { Label } from '@/api/types';
import { useLabels } from '@/inbox/labels/data';
import marks from '@/inbox/labels/labels.module.css';
import { Dialog } from '@/parts/Dialog';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { field, forms, Wrong } from '../forms';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';

const say = words.labels;

/** The words that a team sorts by. */
export default function LabelsSection() {
  const query = useLabels();
  const mayWrite = useCan('editor');
  const [edited, setEdited] = useState<Label | 'new'>();
  const add = mayWrite && (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setEdited('new')}>
      {say.add}
    </Button>
  );
  return (
    <Page title={say.title} text={say.text} action={query.data && query.data.length > 0 && add}>
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(all) =>
            all.length === 0 ? (
              <Blank icon={Tag} title={say.none} text={say.noneText}>
                {add}
              </Blank>
            ) : (
              <Lines label={say.title}>
                {all.map((label) => (
                  <li key={label.id} className={rows.row}>
                    <i className={marks.dot} data-colour={label.colour} />
                    <div className={rows.main}>
                      <b dir="auto">{label.name}</b>
                    </div>
                    {mayWrite && (
                      <Button variant="default" aria-label={say.edit(label.name)} onClick={() => setEdited(label)}>
                        {words.scheduling.edit}
                      </Button>
                    )}
                  </li>
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      {edited && <EditLabel label={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}

function EditLabel({ label, onClose }: { label: Label | undefined; onClose: () => void }) {
  const [name, setName] = useState(label?.name ?? '');
  const [colour, setColour] = useState(label?.colour ?? 'blue');
  const work = useMutation<unknown, Problem, 'save' | 'remove'>({
    mutationFn: (what) => {
      const path = { params: { path: { id: label?.id ?? '' } } };
      if (what === 'remove') return ask(api.DELETE('/api/labels/{id}', path)) as Promise<unknown>;
      return label
        ? ask(api.PATCH('/api/labels/{id}', { ...path, body: { name, colour } }))
        : ask(api.POST('/api/labels', { body: { name, colour }, headers: { 'Idempotency-Key': newKey() } }));
    },
    onSuccess: () => {
      reread(keys.labels);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={label ? say.edit(label.name) : say.add} size={380}>
      <form
        className={forms.form}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          work.mutate('save');
        }}
      >
        <TextInput
          {...field}
          label={say.name}
          maxLength={50}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={work.error?.fields.name}
        />
        <NativeSelect
          label={say.colour}
          value={colour}
          data={Object.entries(say.colours).map(([value, text]) => ({ value, label: text }))}
          onChange={(event) => setColour(event.currentTarget.value)}
        />
        <Wrong problem={work.error} fields={['name']} />
        <div className={forms.apart}>
          <div>
            {label && (
              <Button variant="default" onClick={() => work.mutate('remove')}>
                {say.remove}
              </Button>
            )}
          </div>
          <Button type="submit" loading={work.isPending}>
            {words.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
