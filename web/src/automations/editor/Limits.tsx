import { NativeSelect, TextInput } from '@mantine/core';
import { field } from '@/settings/forms';
import { automationWords } from '@/words/automations';
import type { Config, Hours } from '../definition';
import styles from './Editor.module.css';
import { HoursField } from './HoursField';

const say = automationWords.editor;

/** How often it may run, and when it keeps quiet. */
export function Limits({ options, onChange }: { options: Config; onChange: (options: Config) => void }) {
  const quiet = options.quiet_hours as { hours: Hours[]; time_zone?: string } | null | undefined;
  const set = (name: string, value: unknown) => {
    const { [name]: _, ...rest } = options;
    onChange(value === undefined ? rest : { ...rest, [name]: value });
  };
  return (
    <details className={styles.limits} open={Object.values(options).some((value) => value != null) || undefined}>
      <summary>{say.limits}</summary>
      <div className={styles.inside}>
        {(
          [
            ['max_per_contact_hour', say.perContact, '20'],
            ['max_per_minute', say.perMinute, say.noLimit],
            ['max_concurrency', say.concurrency, say.noLimit],
          ] as const
        ).map(([name, label, none]) => (
          <TextInput
            key={name}
            {...field}
            label={label}
            inputMode="numeric"
            placeholder={none}
            value={options[name] === undefined || options[name] === null ? '' : String(options[name])}
            onChange={(event) => {
              const digits = event.currentTarget.value.replace(/\D/gu, '').slice(0, 6);
              set(name, digits ? Number(digits) : undefined);
            }}
          />
        ))}
        <HoursField
          label={say.quiet}
          value={quiet?.hours ?? []}
          onChange={(hours) => set('quiet_hours', hours && { time_zone: '', ...quiet, hours })}
        />
        {quiet && (
          <NativeSelect
            {...field}
            label={say.quietZone}
            description={say.quietText}
            value={quiet.time_zone ?? ''}
            data={[
              { value: '', label: say.zoneOurs },
              { value: 'contact', label: say.zoneContact },
              ...(quiet.time_zone && quiet.time_zone !== 'contact'
                ? [{ value: quiet.time_zone, label: quiet.time_zone }]
                : []),
            ]}
            onChange={(event) => set('quiet_hours', { ...quiet, time_zone: event.currentTarget.value })}
          />
        )}
      </div>
    </details>
  );
}
