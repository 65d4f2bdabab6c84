import { ActionIcon, Button } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { automationWords } from '@/words/automations';
import { contactWords } from '@/words/contacts';
import type { Config } from '../definition';
import type { Field } from './catalog';
import styles from './Editor.module.css';

const say = automationWords.editor;
const own = ['name', 'phone', 'email', 'external_ref', 'status', 'notes'];

/** Names with values. A name is a member once it is written, so lines are kept here. */
export function Pairs({
  field,
  value,
  onChange,
}: {
  field: Field;
  value: Record<string, string>;
  onChange: (value: Record<string, string> | undefined) => void;
}) {
  const [lines, setLines] = useState(() => Object.entries(value).map(([name, text]) => [name, String(text)] as const));
  const set = (next: (readonly [string, string])[]) => {
    setLines(next);
    const written = next.filter(([name]) => name.trim() !== '');
    onChange(written.length > 0 ? Object.fromEntries(written.map(([name, text]) => [name.trim(), text])) : undefined);
  };
  return (
    <fieldset className={styles.pairs}>
      <legend>{field.label}</legend>
      {lines.map(([name, text], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name may still be empty
        <div key={at}>
          <input
            aria-label={say.pairName}
            placeholder={say.pairName}
            value={name}
            onChange={(event) => set(lines.with(at, [event.currentTarget.value, text]))}
          />
          <input
            aria-label={name || say.pairValue}
            placeholder={say.pairValue}
            value={text}
            onChange={(event) => set(lines.with(at, [name, event.currentTarget.value]))}
          />
          <Remove name={name} onClick={() => set(lines.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Add onClick={() => set([...lines, ['', '']])} />
      {field.help && <p>{field.help}</p>}
    </fieldset>
  );
}

/** The same for what is written on a contact: its own fields by name, others as custom fields. */
export function ContactPairs({
  field,
  value,
  onChange,
}: {
  field: Field;
  value: Config;
  onChange: (value: Config | undefined) => void;
}) {
  const [lines, setLines] = useState(() => [
    ...own.filter((name) => name in value).map((name) => ({ name, custom: '', text: String(value[name] ?? '') })),
    ...Object.entries((value.metadata as Config | undefined) ?? {}).map(([custom, text]) => ({
      name: '',
      custom,
      text: String(text ?? ''),
    })),
  ]);
  const set = (next: typeof lines) => {
    setLines(next);
    const metadata = Object.fromEntries(
      next
        .filter((line) => line.name === '' && line.custom.trim() !== '')
        .map((line) => [line.custom.trim(), line.text]),
    );
    const fields: Config = Object.fromEntries(
      next.filter((line) => line.name !== '').map((line) => [line.name, line.text]),
    );
    if (Object.keys(metadata).length > 0) fields.metadata = metadata;
    onChange(Object.keys(fields).length > 0 ? fields : undefined);
  };
  return (
    <fieldset className={styles.pairs}>
      <legend>{field.label}</legend>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be alike while they are written
        <div key={at}>
          <select
            aria-label={say.pairName}
            value={line.name}
            onChange={(event) => set(lines.with(at, { ...line, name: event.currentTarget.value }))}
          >
            {own.map((name) => (
              <option key={name} value={name}>
                {contactWords.fields[name]}
              </option>
            ))}
            <option value="">{contactWords.customOne}</option>
          </select>
          {line.name === '' && (
            <input
              aria-label={contactWords.customName}
              placeholder={contactWords.customName}
              value={line.custom}
              onChange={(event) => set(lines.with(at, { ...line, custom: event.currentTarget.value }))}
            />
          )}
          <input
            aria-label={say.pairValue}
            placeholder={say.pairValue}
            value={line.text}
            onChange={(event) => set(lines.with(at, { ...line, text: event.currentTarget.value }))}
          />
          <Remove name={line.custom} onClick={() => set(lines.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Add onClick={() => set([...lines, { name: '', custom: '', text: '' }])} />
    </fieldset>
  );
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size={32} aria-label={say.removePair(name)} onClick={onClick}>
      <X size={15} aria-hidden />
    </ActionIcon>
  );
}

function Add({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="default" size="compact-sm" leftSection={<Plus size={13} aria-hidden />} onClick={onClick}>
      {say.addPair}
    </Button>
  );
}
