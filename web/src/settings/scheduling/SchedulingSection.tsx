import { NumberInput, TextInput } from '@mantine/core';
import '@mantine/core/styles/NumberInput.layer.css';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import type { SchedulingSettings } from '@/api/types';
import { hereZone } from '@/inbox/schedule/times';
import { Loaded } from '@/parts/Loaded';
import { SaveButton } from '@/parts/SaveButton';
import { words } from '@/words';
import { field, forms, Wrong } from '../forms';
import { Page } from '../Page';

const say = words.scheduling.settings;
const policies = ['ask', 'send'] as const;

/** The organisation's clock, and what becomes of what is late. */
export default function SchedulingSection() {
  const query = useQuery<SchedulingSettings>({
    queryKey: keys.schedulingSettings,
    queryFn: () => ask(api.GET('/api/scheduling-settings')),
  });
  return (
    <Page title={say.name} text={say.text}>
      <Loaded query={query}>{(settings) => <SettingsForm settings={settings} />}</Loaded>
    </Page>
  );
}

function SettingsForm({ settings }: { settings: SchedulingSettings }) {
  const mayChange = useCan('admin');
  const [zone, setZone] = useState(settings.time_zone);
  const [policy, setPolicy] = useState(settings.late_messages);
  const [after, setAfter] = useState<string | number>(settings.late_after_minutes);
  const zones = useId();
  const name = useId();
  const saving = useMutation<SchedulingSettings, Problem>({
    mutationFn: () =>
      ask(
        api.PATCH('/api/scheduling-settings', {
          body: { time_zone: zone.trim(), late_messages: policy, late_after_minutes: Number(after) },
        }),
      ),
    onSuccess: (changed) => queries.setQueryData(keys.schedulingSettings, changed),
  });
  const isChanged =
    zone.trim() !== settings.time_zone ||
    policy !== settings.late_messages ||
    Number(after) !== settings.late_after_minutes;
  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }
  return (
    <form className={forms.form} onSubmit={submit}>
      <TextInput
        {...field}
        label={say.zone}
        description={say.zoneHelp}
        list={zones}
        disabled={!mayChange}
        value={zone}
        onChange={(event) => setZone(event.currentTarget.value)}
        error={saving.error?.fields.time_zone}
      />
      <datalist id={zones}>
        {[...new Set([hereZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <fieldset className={forms.choices} disabled={!mayChange}>
        <legend>{say.late}</legend>
        {policies.map((one) => (
          <label key={one} className={forms.choice}>
            <input type="radio" name={name} checked={policy === one} onChange={() => setPolicy(one)} />
            <b>{say.policies[one]}</b>
            <span>{say.policyTexts[one]}</span>
          </label>
        ))}
      </fieldset>
      <NumberInput
        {...field}
        label={say.after}
        description={say.lateText}
        min={1}
        max={1440}
        hideControls
        disabled={!mayChange}
        value={after}
        onChange={setAfter}
        error={saving.error?.fields.late_after_minutes}
      />
      <Wrong problem={saving.error} fields={['time_zone', 'late_after_minutes']} />
      {mayChange && (
        <div className={forms.buttons}>
          <SaveButton saving={saving} isChanged={isChanged} />
        </div>
      )}
    </form>
  );
}
