import { NumberInput, TextInput } from '@mantine/core';
import '@mantine/core/styles/NumberInput.layer.css';
import { useId } from 'react';
import { hereZone, sendTimes, wallTime } from '@/inbox/schedule/times';
import { field, forms } from '@/settings/forms';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import type { StepProps } from './CampaignWizard';

const say = campaignWords.schedule;

/** When, in which hours, and how fast. */
export function ScheduleStep({ form, set, problem }: StepProps) {
  const name = useId();
  const zones = useId();
  const hours = (part: Partial<typeof form.hours>) => set({ hours: { ...form.hours, ...part } });
  return (
    <>
      <fieldset className={forms.choices}>
        <legend>{say.when}</legend>
        <label className={forms.choice}>
          <input type="radio" name={name} checked={!form.isLater} onChange={() => set({ isLater: false })} />
          <b>{say.now}</b>
        </label>
        <label className={forms.choice}>
          <input
            type="radio"
            name={name}
            checked={form.isLater}
            onChange={() => set({ isLater: true, at: form.at || wallTime(sendTimes()[1]?.at ?? new Date()) })}
          />
          <b>{say.later}</b>
        </label>
      </fieldset>
      {form.isLater && (
        <div className={styles.pair}>
          <TextInput
            {...field}
            type="datetime-local"
            label={say.at}
            value={form.at}
            onChange={(event) => set({ at: event.currentTarget.value })}
          />
          <TextInput
            {...field}
            label={say.zone}
            list={zones}
            value={form.zone}
            onChange={(event) => set({ zone: event.currentTarget.value })}
          />
        </div>
      )}
      <datalist id={zones}>
        {[...new Set([hereZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <label className={forms.choice}>
        <input
          type="checkbox"
          checked={form.hasHours}
          onChange={(event) => set({ hasHours: event.currentTarget.checked })}
        />
        <b>{say.hours}</b>
        <span>{say.hoursText}</span>
      </label>
      {form.hasHours && (
        <div className={styles.inner}>
          <div className={styles.pair}>
            <TextInput
              {...field}
              type="time"
              label={say.from}
              value={form.hours.from}
              onChange={(event) => hours({ from: event.currentTarget.value })}
              error={problem?.fields['hours.from']}
            />
            <TextInput
              {...field}
              type="time"
              label={say.to}
              value={form.hours.to}
              onChange={(event) => hours({ to: event.currentTarget.value })}
              error={problem?.fields['hours.to']}
            />
            <TextInput
              {...field}
              label={say.zone}
              list={zones}
              value={form.hours.time_zone}
              onChange={(event) => hours({ time_zone: event.currentTarget.value })}
              error={problem?.fields['hours.time_zone']}
            />
          </div>
          <fieldset className={styles.labels}>
            <legend>{say.days}</legend>
            {say.weekdays.map((day, index) => (
              <label key={day}>
                <input
                  type="checkbox"
                  checked={form.hours.days.includes(index + 1)}
                  onChange={(event) =>
                    hours({
                      days: event.currentTarget.checked
                        ? [...form.hours.days, index + 1].sort()
                        : form.hours.days.filter((one) => one !== index + 1),
                    })
                  }
                />
                {day}
              </label>
            ))}
          </fieldset>
        </div>
      )}
      <details className={styles.details}>
        <summary>{say.pace}</summary>
        <div className={styles.inner}>
          <NumberInput
            {...field}
            label={say.rate}
            description={say.rateHelp}
            min={0.1}
            max={1000}
            hideControls
            value={form.rate}
            onChange={(rate) => set({ rate })}
            error={problem?.fields.rate_per_second}
          />
          <NumberInput
            {...field}
            label={say.brake}
            min={1}
            max={100}
            hideControls
            value={form.brake}
            onChange={(brake) => set({ brake: Number(brake) || 20 })}
          />
          <NumberInput
            {...field}
            label={say.sample}
            min={1}
            max={100000}
            hideControls
            value={form.sample}
            onChange={(sample) => set({ sample: Number(sample) || 50 })}
          />
        </div>
      </details>
    </>
  );
}
