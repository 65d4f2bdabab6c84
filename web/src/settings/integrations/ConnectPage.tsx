import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { AccountTest, Integration, ProviderForm } from '@/api/types';
import { notify } from '@/app/notices';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { Loaded } from '@/parts/Loaded';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { field, forms, useFocusOnWrong, Wrong } from '../forms';
import { Page } from '../Page';
import { providerName, remember, useForms } from './data';
import { pathOf, toCreate, type Values, valuesOf } from './form';
import styles from './integrations.module.css';
import { SettingFields } from './SettingFields';

const say = settingsWords.integrations;

/** A new account: the form is drawn from what the provider's adapter asks for. */
export function ConnectPage() {
  return (
    <Page title={say.new.title} text={say.new.text} back={{ to: '/settings/integrations', name: say.back }}>
      <Loaded query={useForms()} lines={6}>
        {(providers) => <ConnectForm providers={providers} />}
      </Loaded>
    </Page>
  );
}

function ConnectForm({ providers }: { providers: ProviderForm[] }) {
  const navigate = useNavigate();
  const radio = useId();
  const choices = providers.flatMap((form) => form.channels.map((channel) => ({ form, channel })));
  const [chosen, setChosen] = useState(0);
  const [name, setName] = useState('');
  const [externalId, setExternalId] = useState('');
  const [values, setValues] = useState<Values>({});
  const choice = choices[chosen];
  const fields = choice?.form.fields ?? [];
  const filled = { ...valuesOf(fields), ...values };
  const known = say.providers[choice?.form.provider ?? ''];

  const connecting = useMutation<Integration, Problem>({
    mutationFn: async () => {
      const account = (await ask(
        api.POST('/api/integrations', {
          body: {
            provider: choice?.form.provider ?? null,
            channel: choice?.channel ?? null,
            name,
            external_id: externalId,
            ...toCreate(fields, filled),
          },
        }),
      )) as Integration;
      remember(account);
      // Whether it works is the next question anyway: the answer waits on the account's page.
      await ask(api.POST('/api/integrations/{id}/test', { params: { path: { id: account.id } } }))
        .then((test) => queries.setQueryData(keys.integrationTest(account.id), test as AccountTest))
        .catch(() => {});
      return account;
    },
    onSuccess: (account) => {
      reread(keys.integrations);
      notify(say.new.created(account.name));
      navigate({ to: `/settings/integrations/${account.id}` });
    },
  });
  const form = useRef<HTMLFormElement>(null);
  useFocusOnWrong(form, connecting.error);
  const wrong = connecting.error?.fields ?? {};

  function submit(event: FormEvent) {
    event.preventDefault();
    connecting.mutate();
  }

  return (
    <form ref={form} className={forms.form} onSubmit={submit} noValidate>
      <fieldset className={forms.choices}>
        <legend>{say.new.channel}</legend>
        {choices.map(({ form, channel }, index) => (
          <label key={`${form.provider}.${channel}`} className={forms.choice}>
            <input type="radio" name={radio} checked={index === chosen} onChange={() => setChosen(index)} />
            <b className={styles.channel}>
              <ChannelMark channel={channel} />
              {channelName(channel)}
            </b>
            <span>{providerName(form.provider)}</span>
          </label>
        ))}
      </fieldset>
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
        description={known?.idHelp ?? say.account.idHelp}
        required
        value={externalId}
        onChange={(event) => setExternalId(event.currentTarget.value)}
        error={wrong.external_id}
      />
      <SettingFields fields={fields} values={filled} wrong={wrong} onChange={setValues} />
      <Wrong problem={connecting.error} fields={['name', 'external_id', ...fields.map(pathOf)]} />
      <div className={forms.buttons}>
        <Button type="submit" loading={connecting.isPending}>
          {say.new.submit}
        </Button>
        <Button variant="subtle" onClick={() => navigate({ to: '/settings/integrations' })}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}
