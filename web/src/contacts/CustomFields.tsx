import { ActionIcon, Button } from '@mantine/core';
import { X } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import type { Contact } from '@/api/types';
import { EditableText } from '@/inbox/contact/EditableText';
import { channelName } from '@/parts/ChannelMark';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { changeContact } from './data';

/** Where people have a name that somebody may know before they write. */
const social = ['instagram', 'facebook', 'linkedin', 'twitter', 'telegram'];

/** What is known of somebody beyond the usual: names on channels, and fields that the team made up. */
export function CustomFields({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const fields = Object.entries((contact.metadata ?? {}) as Record<string, unknown>);
  const handles = Object.entries((contact.social_handles ?? {}) as Record<string, string>);
  const change = (metadata: Record<string, unknown>) => changeContact(contact.id, { metadata: metadata as never });
  if (!canWrite && fields.length + handles.length === 0) return null;
  return (
    <section className={styles.part}>
      <h3>{say.custom}</h3>
      <dl className={styles.fields}>
        {handles.map(([channel, handle]) => (
          <div key={channel}>
            <dt>{channelName(channel)}</dt>
            <dd>
              <EditableText
                label={channelName(channel)}
                value={handle}
                placeholder=""
                canEdit={canWrite}
                canBeEmpty
                onSave={(text) =>
                  changeContact(contact.id, { social_handles: { [channel]: text.trim() || null } as never })
                }
              />
            </dd>
          </div>
        ))}
        {fields.map(([key, value]) => (
          <div key={key}>
            <dt dir="auto">{key}</dt>
            <dd>
              <EditableText
                label={key}
                value={typeof value === 'string' ? value : JSON.stringify(value)}
                placeholder=""
                canEdit={canWrite}
                canBeEmpty
                onSave={(text) => change({ [key]: likeBefore(text, value) })}
              />
              {canWrite && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={24}
                  aria-label={say.removeCustom(key)}
                  onClick={() => change({ [key]: null })}
                >
                  <X size={13} aria-hidden />
                </ActionIcon>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {canWrite && (
        <AddField
          onAdd={(kind, name, value) =>
            kind === ''
              ? change({ [name]: value })
              : changeContact(contact.id, { social_handles: { [kind]: value } as never })
          }
        />
      )}
    </section>
  );
}

/** A custom field more, or what the person is called on a channel. */
function AddField({ onAdd }: { onAdd: (kind: string, name: string, value: string) => Promise<void> }) {
  const [kind, setKind] = useState('');
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState<string>();

  async function add() {
    if (value.trim() === '' || (kind === '' && name.trim() === '')) return;
    try {
      await onAdd(kind, name.trim(), value.trim());
      setName('');
      setValue('');
      setProblem(undefined);
    } catch (failure) {
      setProblem(Problem.of(failure).message);
    }
  }

  return (
    <form
      className={styles.adding}
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <select aria-label={say.customKind} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
        <option value="">{say.customOne}</option>
        {social.map((channel) => (
          <option key={channel} value={channel}>
            {channelName(channel)}
          </option>
        ))}
      </select>
      {kind === '' && (
        <input
          aria-label={say.customName}
          placeholder={say.customName}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <input
        aria-label={say.customValue}
        placeholder={kind === '' ? say.customValue : say.handle}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" size="compact-sm">
        {say.addCustom}
      </Button>
      {problem && <p className={styles.wrong}>{problem}</p>}
    </form>
  );
}

/** What was typed, of the kind that the field had: a number stays a number while it is one. */
function likeBefore(text: string, before: unknown): unknown {
  if (typeof before === 'string') return text;
  try {
    const value = JSON.parse(text);
    return typeof value === typeof before ? value : text;
  } catch {
    return text;
  }
}
