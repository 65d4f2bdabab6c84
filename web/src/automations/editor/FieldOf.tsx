import { Menu, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { Braces } from 'lucide-react';
import { useRef } from 'react';
import { useMembers, useTeams } from '@/inbox/assignment/data';
import { useLabels } from '@/inbox/labels/data';
import { useIntegrations } from '@/inbox/state/lists';
import { channelName } from '@/parts/ChannelMark';
import { writeInto } from '@/parts/writeInto';
import { field as form, optional } from '@/settings/forms';
import { automationWords } from '@/words/automations';
import type { Config, Hours } from '../definition';
import { type Field, read, write } from './catalog';
import styles from './Editor.module.css';
import { HoursField } from './HoursField';
import { ContactPairs, Pairs } from './Pairs';

const say = automationWords.editor;
const channels = ['whatsapp', 'sms', 'instagram', 'facebook', 'linkedin', 'twitter', 'telegram', 'email'];

/** The fields of a trigger, a condition or a step, as its kind wants them. */
export function Fields({
  fields,
  config,
  onChange,
}: {
  fields: Field[];
  config: Config;
  onChange: (config: Config) => void;
}) {
  return fields
    .filter((one) => !one.when || one.when(config))
    .map((one) => (
      <FieldOf
        key={one.name}
        field={one}
        value={read(config, one.name)}
        onChange={(value) => onChange(write(config, one.name, value))}
      />
    ));
}

function FieldOf({ field, value, onChange }: { field: Field; value: unknown; onChange: (value: unknown) => void }) {
  const { kind, help } = field;
  const label = field.isOptional ? optional(field.label) : field.label;
  switch (kind) {
    case 'text':
    case 'long':
      return <TextField field={field} value={String(value ?? '')} onChange={(text) => onChange(text || undefined)} />;
    case 'list':
      return (
        <ListField
          field={field}
          values={Array.isArray(value) ? value.map(String) : []}
          onChange={(values) => onChange(values.length > 0 ? values : undefined)}
        />
      );
    case 'number':
      return (
        <TextInput
          {...form}
          label={label}
          description={help}
          inputMode="numeric"
          value={value === undefined ? '' : String(value)}
          onChange={(event) => {
            const digits = event.currentTarget.value.replace(/\D/gu, '').slice(0, 6);
            onChange(digits ? Number(digits) : undefined);
          }}
        />
      );
    case 'choice':
      return <Select field={field} value={value} options={field.options ?? []} onChange={onChange} />;
    case 'label':
    case 'integration':
    case 'person':
    case 'team':
      return <Known field={field} value={value} onChange={onChange} />;
    case 'channels':
      return (
        <Chips
          label={field.label}
          options={channels.map((channel) => ({ value: channel, label: channelName(channel) }))}
          chosen={value}
          onChange={onChange}
        />
      );
    case 'labels':
    case 'integrations':
      return <KnownChips field={field} value={value} onChange={onChange} />;
    case 'hours':
      return <HoursField label={field.label} value={(value as Hours[]) ?? []} onChange={onChange} />;
    case 'pairs':
      return <Pairs field={field} value={(value as Record<string, string>) ?? {}} onChange={onChange} />;
    case 'contact':
      return <ContactPairs field={field} value={(value as Config) ?? {}} onChange={onChange} />;
  }
}

function Select({
  field,
  value,
  options,
  onChange,
}: {
  field: Field;
  value: unknown;
  options: { value: string; label: string }[];
  onChange: (value: unknown) => void;
}) {
  const isEmpty = value === undefined || value === null;
  return (
    <NativeSelect
      {...form}
      label={field.isOptional ? optional(field.label) : field.label}
      description={field.help}
      value={isEmpty ? '' : String(value)}
      data={[
        ...(field.isOptional || isEmpty ? [{ value: '', label: field.none ?? say.choose }] : []),
        ...options,
        // Something that has gone since stays what it is until somebody chooses another.
        ...(isEmpty || options.some((one) => one.value === value) ? [] : [{ value: String(value), label: '…' }]),
      ]}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}

/** What there is of labels, accounts, people or teams, as choices. */
function useKnown(kind: Field['kind']): { value: string; label: string }[] {
  const { data: labels } = useLabels();
  const { data: integrations } = useIntegrations();
  const { data: members } = useMembers();
  const { data: teams } = useTeams();
  const all =
    kind === 'label' || kind === 'labels'
      ? labels
      : kind === 'integration' || kind === 'integrations'
        ? integrations
        : kind === 'team'
          ? teams
          : members?.filter((one) => one.is_active && one.role !== 'viewer');
  return (all ?? []).map((one) => ({ value: one.id, label: one.name }));
}

function Known({ field, value, onChange }: { field: Field; value: unknown; onChange: (value: unknown) => void }) {
  return <Select field={field} value={value} options={useKnown(field.kind)} onChange={onChange} />;
}

function KnownChips({ field, value, onChange }: { field: Field; value: unknown; onChange: (value: unknown) => void }) {
  return <Chips label={field.label} options={useKnown(field.kind)} chosen={value} onChange={onChange} />;
}

function Chips({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string;
  options: { value: string; label: string }[];
  chosen: unknown;
  onChange: (value: unknown) => void;
}) {
  const values = Array.isArray(chosen) ? chosen.map(String) : [];
  return (
    <fieldset className={styles.chips}>
      <legend>{label}</legend>
      {options.map((one) => (
        <label key={one.value}>
          <input
            type="checkbox"
            checked={values.includes(one.value)}
            onChange={(event) => {
              const next = event.currentTarget.checked
                ? [...values, one.value]
                : values.filter((value) => value !== one.value);
              onChange(next.length > 0 ? next : undefined);
            }}
          />
          {one.label}
        </label>
      ))}
    </fieldset>
  );
}

/** Words with commas between; the commas stay as they are typed. */
function ListField({
  field,
  values,
  onChange,
}: {
  field: Field;
  values: string[];
  onChange: (values: string[]) => void;
}) {
  const typed = useRef<string>(undefined);
  const parts = (text: string) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  const shown =
    typed.current !== undefined && parts(typed.current).join() === values.join() ? typed.current : values.join(', ');
  return (
    <TextInput
      {...form}
      label={field.label}
      description={field.help}
      value={shown}
      onChange={(event) => {
        typed.current = event.currentTarget.value;
        onChange(parts(typed.current));
      }}
    />
  );
}

/** A text, with what can be filled in to choose from. */
function TextField({ field, value, onChange }: { field: Field; value: string; onChange: (text: string) => void }) {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const insert = (name: string) => {
    const at = input.current?.selectionStart ?? value.length;
    const written = `{{${name}}}`;
    const end = at + written.length - (name.endsWith('.') ? 2 : 0);
    writeInto(input, () => onChange(value.slice(0, at) + written + value.slice(at)), end);
  };
  const common = {
    ...form,
    ref: input,
    label: field.isOptional ? optional(field.label) : field.label,
    description: field.help,
    value,
    dir: 'auto',
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  } as const;
  return (
    <div className={styles.text}>
      {field.kind === 'long' ? <Textarea {...common} autosize={false} rows={3} /> : <TextInput {...common} />}
      {field.isTemplate && <Variables label={field.label} onChoose={insert} />}
    </div>
  );
}

function Variables({ label, onChoose }: { label: string; onChoose: (name: string) => void }) {
  return (
    <Menu position="bottom-end" width={260} returnFocus={false}>
      <Menu.Target>
        <button type="button" className={styles.insert} aria-label={`${say.insertLabel}: ${label}`}>
          <Braces size={14} aria-hidden />
          {say.insert}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(automationWords.variables).map(([name, text]) => (
          <Menu.Item key={name} onClick={() => onChoose(name)}>
            {text}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
