import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import type { Integration, SettingField } from '@/api/types';
import { SaveButton } from '@/parts/SaveButton';
import { settingsWords } from '@/words/settings';
import { field, forms, useFocusOnWrong, Wrong } from '../forms';
import { forgetTest, inTurn, remember, useLastTest } from './data';
import { isEmpty, isKept, pathOf, toChange, type Values, valuesOf } from './form';
import { SettingFields } from './SettingFields';

const say = settingsWords.integrations;

/** Changes what an account is set to. What the last test found wrong is marked until something is saved. */
export function SettingsForm({ integration, fields }: { integration: Integration; fields: SettingField[] }) {
  const before = valuesOf(fields, integration);
  const [name, setName] = useState(integration.name);
  const [values, setValues] = useState<Values>(before);
  const test = useLastTest(integration.id);
  const change = toChange(fields, before, values);
  // An open secret is a change too: it is there to be replaced.
  const isChanged =
    name.trim() !== integration.name ||
    !isEmpty(change) ||
    fields.some((one) => one.secret && values[one.name] !== undefined && before[one.name] === undefined);

  const saving = useMutation<Integration, Problem>({
    scope: inTurn(integration.id),
    mutationFn: () =>
      ask(
        api.PATCH('/api/integrations/{id}', { params: { path: { id: integration.id } }, body: { name, ...change } }),
      ) as Promise<Integration>,
    onSuccess: (changed) => {
      remember(changed);
      forgetTest(changed.id);
      setName(changed.name);
      setValues(valuesOf(fields, changed));
    },
  });
  const form = useRef<HTMLFormElement>(null);
  useFocusOnWrong(form, saving.error);
  const wrong: Record<string, string | undefined> = {
    ...(test && !test.works && test.field ? { [test.field]: test.message } : {}),
    ...saving.error?.fields,
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }

  const known = say.providers[integration.provider];
  return (
    <form ref={form} className={forms.form} onSubmit={submit} noValidate>
      <TextInput
        {...field}
        label={say.new.name}
        description={say.new.nameHelp}
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={wrong.name}
      />
      <TextInput
        {...field}
        label={known?.id ?? say.account.id}
        value={integration.external_id}
        readOnly
        variant="filled"
        error={wrong.external_id}
      />
      <SettingFields fields={fields} integration={integration} values={values} wrong={wrong} onChange={setValues} />
      <Wrong problem={saving.error} fields={['name', ...fields.map(pathOf)]} />
      <div className={forms.buttons}>
        <SaveButton saving={saving} isChanged={isChanged} />
      </div>
    </form>
  );
}

/** The same for those who may only look. */
export function SettingsFacts({ integration, fields }: { integration: Integration; fields: SettingField[] }) {
  const values = valuesOf(fields, integration);
  const known = say.providers[integration.provider];
  return (
    <dl className={forms.facts}>
      <dt>{known?.id ?? say.account.id}</dt>
      <dd>{integration.external_id}</dd>
      {fields.map((one) => (
        <div key={one.name} className={forms.fact}>
          <dt>{one.label}</dt>
          <dd>{isKept(one, integration) ? say.given : values[one.name] || say.notGiven}</dd>
        </div>
      ))}
    </dl>
  );
}
