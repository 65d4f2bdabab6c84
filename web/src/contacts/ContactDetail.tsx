import { ActionIcon, Button } from '@mantine/core';
import { Merge, Undo2, X } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan, useSeesAll } from '@/api/session';
import type { Contact, ContactChange } from '@/api/types';
import { notify } from '@/app/notices';
import { EditableText } from '@/inbox/contact/EditableText';
import { Avatar } from '@/parts/Avatar';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { Choice } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { Compare } from './Duplicates';
import { changeContact, nameOf, undoMerge, useContact, useMerges, useSuggestions } from './data';
import { MergeWith } from './MergeWith';
import { Timeline } from './Timeline';

const plain = ['phone', 'email', 'external_ref', 'notes'] as const;

/** Somebody, with all that is known and was said. */
export function ContactDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useContact(id);
  return (
    <aside className={styles.panel} aria-label={words.inbox.contact.label}>
      <ActionIcon
        className={styles.close}
        variant="subtle"
        color="gray"
        size={32}
        aria-label={words.close}
        onClick={onClose}
      >
        <X size={17} aria-hidden />
      </ActionIcon>
      <Loaded query={query} lines={6}>
        {(contact) => <Inside contact={contact} />}
      </Loaded>
    </aside>
  );
}

function Inside({ contact }: { contact: Contact }) {
  const canWrite = useCan('editor');
  const seesAll = useSeesAll();
  const change = (part: ContactChange) => changeContact(contact.id, part);
  return (
    <>
      <div className={styles.who}>
        <Avatar name={nameOf(contact)} seed={contact.id} size={64} />
        <h2>
          <EditableText
            label={say.fields.name ?? ''}
            value={contact.name ?? ''}
            placeholder={nameOf(contact) || say.nameless}
            canEdit={canWrite}
            onSave={(name) => change({ name })}
          />
        </h2>
        {canWrite ? (
          <Choice
            label={say.sentence.status}
            value={contact.status}
            options={['active', 'blocked', 'inactive'].map((value) => ({
              value,
              name: say.sentence.statuses[value] ?? value,
            }))}
            onChange={(status) =>
              change({ status }).catch((failure) => notify(Problem.of(failure).message, { isBad: true }))
            }
          />
        ) : (
          say.sentence.statuses[contact.status]
        )}
      </div>
      {seesAll && <Possible contact={contact} />}
      <dl className={styles.facts}>
        {plain.map((name) => (
          <div key={name}>
            <dt>{say.fields[name]}</dt>
            <dd>
              <EditableText
                label={say.fields[name] ?? name}
                value={contact[name] ?? ''}
                placeholder={canWrite ? say.addField(say.fields[name] ?? name) : '–'}
                canEdit={canWrite}
                canBeEmpty
                onSave={(value) => change({ [name]: value })}
              />
            </dd>
          </div>
        ))}
      </dl>
      <Addresses contact={contact} canWrite={canWrite} />
      <CustomFields contact={contact} canWrite={canWrite} />
      {seesAll && <Merged contact={contact} canWrite={canWrite} />}
      <Timeline contact={contact.id} />
    </>
  );
}

function Possible({ contact }: { contact: Contact }) {
  const { data } = useSuggestions(contact.id);
  if (!data || data.length === 0) return null;
  return (
    <section className={styles.part}>
      <h3>{say.possible}</h3>
      {data.map((suggestion) => (
        <Compare key={suggestion.id} suggestion={suggestion} />
      ))}
    </section>
  );
}

function Addresses({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const set = async (channel: string, handle: string, isOut: boolean) => {
    const ways = { params: { path: { id: contact.id } }, body: { channel, handle } };
    try {
      const changed = await (isOut
        ? ask(api.PUT('/api/contacts/{id}/opt-out', ways))
        : ask(api.POST('/api/contacts/{id}/opt-in', ways)));
      queries.setQueryData(keys.contact(contact.id), changed);
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    }
  };
  return (
    <section className={styles.part}>
      <h3>{say.identities}</h3>
      {contact.identities.length === 0 && <p className={styles.quiet}>{say.noIdentities}</p>}
      <ul className={styles.lines}>
        {contact.identities.map((one) => (
          <li key={`${one.channel}:${one.handle}`}>
            <ChannelMark channel={one.channel} />
            <span>
              <b className="figures">{one.handle}</b>
              <small>{one.opted_out_at ? say.optedOut[one.opted_out_by ?? 'user'] : channelName(one.channel)}</small>
            </span>
            {canWrite && (
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => set(one.channel, one.handle, one.opted_out_at === null)}
              >
                {one.opted_out_at ? say.optIn : say.optOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function CustomFields({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const [name, setName] = useState('');
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
                onSave={(text) => change({ [key]: text })}
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
        <form
          className={styles.adding}
          onSubmit={(event) => {
            event.preventDefault();
            const value = new FormData(event.currentTarget).get('value');
            if (name.trim() && value) void change({ [name.trim()]: value }).then(() => setName(''));
            event.currentTarget.reset();
          }}
        >
          <input
            aria-label={say.customName}
            placeholder={say.customName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <input aria-label={say.customValue} placeholder={say.customValue} name="value" />
          <Button type="submit" variant="default" size="compact-sm">
            {say.addCustom}
          </Button>
        </form>
      )}
    </section>
  );
}

function Merged({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const [isChoosing, setChoosing] = useState(false);
  const { data } = useMerges(contact.id);
  const merges = data?.filter((merge) => merge.undone_at === null) ?? [];
  if (merges.length === 0 && !canWrite) return null;
  return (
    <section className={styles.part}>
      {merges.length > 0 && <h3>{say.mergedFrom}</h3>}
      <ul className={styles.lines} hidden={merges.length === 0}>
        {merges.map((merge) => (
          <li key={merge.id}>
            <span>
              <b dir="auto">{merge.gone_name ?? say.nameless}</b>
              <small>
                <Moment at={merge.created_at} />
              </small>
            </span>
            {canWrite && merge.origin !== 'provider' && (
              <Button
                variant="default"
                size="compact-sm"
                leftSection={<Undo2 size={13} aria-hidden />}
                onClick={() =>
                  undoMerge(merge.id)
                    .then(() => notify(say.taken))
                    .catch((failure) => notify(Problem.of(failure).message, { isBad: true }))
                }
              >
                {say.undo}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {canWrite && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Merge size={13} aria-hidden />}
          onClick={() => setChoosing(true)}
        >
          {say.mergeWith}
        </Button>
      )}
      {isChoosing && <MergeWith contact={contact} onClose={() => setChoosing(false)} />}
    </section>
  );
}
