import { Button, PasswordInput, TextInput } from '@mantine/core';
import { Lock } from 'lucide-react';
import { useId } from 'react';
import type { Integration, SettingField } from '@/api/types';
import { settingsWords } from '@/words/settings';
import { field as common, optional } from '../forms';
import { isKept, pathOf, type Values } from './form';
import styles from './integrations.module.css';

const say = settingsWords.integrations;

const placeOf = (path: string) => `setting-${path}`;

/** Leads to a field, by its path. */
export function showField(path: string): void {
  const place = document.getElementById(placeOf(path));
  place?.scrollIntoView({ block: 'center' });
  place?.querySelector<HTMLElement>('input, button')?.focus({ preventScroll: true });
}

/** The fields of a provider's settings, as its form describes them. */
export function SettingFields({
  fields,
  integration,
  values,
  wrong,
  onChange,
}: {
  fields: SettingField[];
  integration?: Integration;
  values: Values;
  /** What is wrong, by path. */
  wrong: Record<string, string | undefined>;
  onChange: (values: Values) => void;
}) {
  return fields.map((field) => {
    const value = values[field.name];
    const error = wrong[pathOf(field)];
    const set = (text: string) => onChange({ ...values, [field.name]: text });
    const keep = () => {
      const { [field.name]: _, ...others } = values;
      onChange(others);
    };
    if (value === undefined) return <Kept key={field.name} field={field} error={error} onReplace={() => set('')} />;
    const isReplaced = field.secret && isKept(field, integration);
    const Input = field.secret ? PasswordInput : TextInput;
    return (
      <div key={field.name} id={placeOf(pathOf(field))}>
        <Input
          {...common}
          name={field.name}
          label={field.required ? field.label : optional(field.label)}
          description={error?.includes(field.help) ? undefined : field.help}
          placeholder={!field.secret && isKept(field, integration) ? say.secret.kept : undefined}
          type={field.secret ? undefined : field.is_url ? 'url' : 'text'}
          inputMode={field.is_number ? 'numeric' : field.is_url ? 'url' : undefined}
          // Browsers fill in saved passwords where they are told that one is made anew nowhere.
          autoComplete={field.secret ? 'new-password' : 'off'}
          required={field.required}
          value={value}
          onChange={(event) => set(event.currentTarget.value)}
          error={error}
          autoFocus={isReplaced}
        />
        {isReplaced && (
          <Button variant="subtle" className={styles.keep} onClick={keep}>
            {say.secret.keep}
          </Button>
        )}
      </div>
    );
  });
}

/** A secret that is stored: it can be replaced, not read. */
function Kept({ field, error, onReplace }: { field: SettingField; error?: string; onReplace: () => void }) {
  const id = useId();
  return (
    <div className={styles.kept} id={placeOf(pathOf(field))}>
      <span className={styles.label} id={id}>
        {field.label}
      </span>
      <div data-wrong={error !== undefined || undefined}>
        <Lock size={14} aria-hidden />
        <span>{say.secret.kept}</span>
        <Button variant="default" aria-describedby={id} onClick={onReplace}>
          {say.secret.replace}
        </Button>
      </div>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
