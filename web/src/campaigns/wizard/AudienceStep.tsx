import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useId } from 'react';
import { useLabels } from '@/inbox/labels/data';
import marks from '@/inbox/labels/labels.module.css';
import { useIntegrations } from '@/inbox/state/lists';
import { channelName } from '@/parts/ChannelMark';
import { Choice, Sentence } from '@/parts/Choice';
import { field, forms } from '@/settings/forms';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import type { Campaign } from '../types';
import { AudienceFile } from './AudienceFile';
import type { StepProps } from './CampaignWizard';
import { type Form, numbersIn } from './form';

const say = campaignWords.audience;
const sources = ['contacts', 'numbers', 'file'] as const;

/** Who speaks, and to whom. */
export function AudienceStep({ form, set, problem, before }: StepProps & { before?: Campaign }) {
  const name = useId();
  const integrations = useIntegrations();
  const shown = form.source === 'failed' || before?.audience.failed_of ? [...sources, 'failed' as const] : sources;
  const accounts = (integrations.data ?? []).filter((one) => one.status !== 'disabled');
  return (
    <>
      <TextInput
        {...field}
        label={say.name}
        description={say.nameHelp}
        required
        maxLength={100}
        data-autofocus
        value={form.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={problem?.fields.name}
      />
      <NativeSelect
        {...field}
        label={say.account}
        value={form.account}
        // What is written for one account is not always possible with another.
        onChange={(event) => set({ account: event.currentTarget.value, template: null, values: {} })}
        data={[
          { value: '', label: '' },
          ...accounts.map((one) => ({ value: one.id, label: `${one.name} (${channelName(one.channel)})` })),
        ]}
        error={problem?.fields.integration_id}
      />
      {integrations.data && accounts.length === 0 && <p className={styles.quiet}>{say.noAccount}</p>}
      <fieldset className={forms.choices}>
        <legend>{say.who}</legend>
        {shown.map((source) => (
          <label key={source} className={forms.choice}>
            <input type="radio" name={name} checked={form.source === source} onChange={() => set({ source })} />
            <b>{say[source]}</b>
            <span>{say[`${source}Text`]}</span>
          </label>
        ))}
      </fieldset>
      {form.source === 'contacts' && <Contacts form={form} set={set} />}
      {form.source === 'numbers' && (
        <Textarea
          {...field}
          label={say.list}
          description={`${say.listHelp} ${say.count(numbersIn(form.numbers).length)}.`}
          autosize
          minRows={5}
          maxRows={14}
          value={form.numbers}
          onChange={(event) => set({ numbers: event.currentTarget.value })}
          error={problem?.fields.recipients}
        />
      )}
      {form.source === 'file' && <AudienceFile form={form} set={set} />}
    </>
  );
}

function Contacts({ form, set }: { form: Form; set: StepProps['set'] }) {
  const labels = useLabels();
  return (
    <div className={styles.inner}>
      <Sentence>
        <Choice
          label={say.who}
          value={form.isEverybody ? 'all' : 'some'}
          options={[
            { value: 'all', name: say.all },
            { value: 'some', name: say.some },
          ]}
          onChange={(value) => set({ isEverybody: value === 'all' })}
        />
      </Sentence>
      {!form.isEverybody && (
        <>
          <Sentence>
            {say.sentence}
            <Choice
              label={say.status}
              value={form.status}
              options={Object.entries(say.statuses).map(([value, name]) => ({ value, name }))}
              onChange={(status) => set({ status })}
            />
            <Choice
              label={say.talk}
              value={form.talk}
              options={Object.entries(say.talks).map(([value, name]) => ({ value, name }))}
              onChange={(talk) => set({ talk })}
            />
          </Sentence>
          <fieldset className={styles.labels}>
            <legend>{say.labels}</legend>
            {labels.data?.length === 0 && <p className={styles.quiet}>{say.noLabels}</p>}
            {labels.data?.map((label) => (
              <label key={label.id}>
                <input
                  type="checkbox"
                  checked={form.labels.includes(label.id)}
                  onChange={(event) =>
                    set({
                      labels: event.currentTarget.checked
                        ? [...form.labels, label.id]
                        : form.labels.filter((one) => one !== label.id),
                    })
                  }
                />
                <i className={marks.dot} data-colour={label.colour} />
                {label.name}
              </label>
            ))}
          </fieldset>
          <TextInput
            {...field}
            label={say.field}
            description={say.fieldHelp}
            maxLength={200}
            value={form.field}
            onChange={(event) => set({ field: event.currentTarget.value })}
          />
        </>
      )}
    </div>
  );
}
