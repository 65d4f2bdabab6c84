import { ActionIcon, Button } from '@mantine/core';
import { Merge, Undo2, X } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { useCan, useSeesAll } from '@/api/session';
import type { Contact, ContactChange } from '@/api/types';
import { notify } from '@/app/notices';
import { AssigneePicker } from '@/inbox/assignment/AssigneePicker';
import { useAssignment } from '@/inbox/assignment/data';
import { EditableText } from '@/inbox/contact/EditableText';
import { toggleContactLabel, useContactLabels } from '@/inbox/labels/data';
import { LabelMenu } from '@/inbox/labels/LabelMenu';
import { Notes } from '@/inbox/notes/Notes';
import { Avatar } from '@/parts/Avatar';
import { Choice } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { contactWords as say } from '@/words/contacts';
import { Addresses } from './Addresses';
import styles from './Contacts.module.css';
import { CustomFields } from './CustomFields';
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
        <Care contact={contact.id} canWrite={canWrite} />
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
      <Notes contact={contact.id} canWrite={canWrite} />
      <CustomFields contact={contact} canWrite={canWrite} />
      {seesAll && <Merged contact={contact} canWrite={canWrite} />}
      <Timeline contact={contact.id} />
    </>
  );
}

/** Who takes care of the contact, and the labels. */
function Care({ contact, canWrite }: { contact: string; canWrite: boolean }) {
  const { data: seen } = useAssignment(contact, true);
  const { data: labels } = useContactLabels(contact);
  return (
    <div className={styles.care}>
      {seen && (
        <AssigneePicker
          contact={contact}
          held={{ assigned_user_id: seen.user_id, assigned_team_id: seen.team_id }}
          canWrite={canWrite}
        />
      )}
      {labels && (
        <LabelMenu
          name={say.labels}
          labels={labels}
          canWrite={canWrite}
          onToggle={(label) => toggleContactLabel(contact, label, labels.includes(label))}
        />
      )}
    </div>
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
