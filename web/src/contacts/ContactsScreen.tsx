import { Button } from '@mantine/core';
import { Link, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { CopyCheck, Download, Upload, UserPlus } from 'lucide-react';
import { useRef, useState } from 'react';
import { useCan, useSeesAll } from '@/api/session';
import { useActions } from '@/app/actions';
import { useAddress } from '@/app/search';
import { useLabels } from '@/inbox/labels/data';
import { channelName } from '@/parts/ChannelMark';
import { Choice, Sentence } from '@/parts/Choice';
import { Field } from '@/search/Field';
import { words } from '@/words';
import { contactWords as say } from '@/words/contacts';
import { ContactDetail } from './ContactDetail';
import { ContactList } from './ContactList';
import styles from './Contacts.module.css';
import { Duplicates } from './Duplicates';
import { exportAddress, type Filter } from './data';
import { ImportWizard } from './ImportWizard';
import { NewContact } from './NewContact';

const channels = ['whatsapp', 'sms', 'instagram', 'facebook', 'linkedin', 'twitter', 'telegram', 'email'];

/** Everybody the team knows; one of them opened beside the list. Duplicates and imports lie below the same address. */
export default function ContactsScreen() {
  const { contactId, importId } = useParams({ strict: false }) as { contactId?: string; importId?: string };
  const { pathname } = useLocation();
  if (pathname.startsWith('/contacts/import')) return <ImportWizard key={importId} id={importId} />;
  if (pathname.startsWith('/contacts/duplicates')) return <Duplicates />;
  return <Everybody open={contactId} />;
}

function Everybody({ open }: { open?: string }) {
  const address = useAddress();
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const canWrite = useCan('editor');
  const seesAll = useSeesAll();
  const field = useRef<HTMLInputElement>(null);
  const [isAdding, setAdding] = useState(false);
  const { data: labels } = useLabels();
  const filter: Filter = {
    q: address.read('q'),
    status: address.read('status'),
    channel: address.read('channel'),
    talk: address.read('talk'),
    kind: address.read('kind'),
    out: address.read('out'),
    label: address.read('label'),
    from: address.read('from'),
    to: address.read('to'),
    field: address.read('field'),
  };
  const show = (id?: string) => navigate({ to: id ? `/contacts/${id}` : '/contacts', search: search as never });
  useActions([
    ...(open
      ? [
          {
            id: 'contacts:close',
            name: say.back,
            group: 'list' as const,
            keys: 'Escape',
            isMove: true,
            run: () => show(undefined),
          },
        ]
      : []),
    ...(canWrite
      ? [{ id: 'contacts:new', name: say.add, group: 'list' as const, keys: 'n', run: () => setAdding(true) }]
      : []),
  ]);
  return (
    <main className={styles.screen} data-open={open !== undefined || undefined}>
      <div className={styles.page}>
        <header className={styles.head}>
          <div className={styles.title}>
            <h1>{words.screens.contacts}</h1>
            <div className={styles.tools}>
              {seesAll && (
                <Button
                  component={Link}
                  to="/contacts/duplicates"
                  variant="default"
                  leftSection={<CopyCheck size={14} aria-hidden />}
                >
                  {say.duplicates}
                </Button>
              )}
              <Button
                component="a"
                href={exportAddress(filter)}
                download="contacts.csv"
                variant="default"
                leftSection={<Download size={14} aria-hidden />}
              >
                {say.export}
              </Button>
              {canWrite && (
                <>
                  {seesAll && (
                    <Button
                      component={Link}
                      to="/contacts/import"
                      variant="default"
                      leftSection={<Upload size={14} aria-hidden />}
                    >
                      {say.import}
                    </Button>
                  )}
                  <Button leftSection={<UserPlus size={14} aria-hidden />} onClick={() => setAdding(true)}>
                    {say.add}
                  </Button>
                </>
              )}
            </div>
          </div>
          <Field
            ref={field}
            value={filter.q}
            onChange={(text) => address.write('q', text)}
            onDown={() => document.querySelector<HTMLAnchorElement>('[data-contacts] a')?.focus()}
            label={say.search}
            isFirst={false}
          />
          <Sentence>
            {say.sentence.show}
            <Choice
              label={say.sentence.status}
              value={filter.status}
              options={Object.entries(say.sentence.statuses).map(([value, name]) => ({ value, name }))}
              onChange={(value) => address.write('status', value)}
            />
            <Choice
              label={say.sentence.kind}
              value={filter.kind}
              options={Object.entries(say.sentence.kinds).map(([value, name]) => ({ value, name }))}
              onChange={(value) => address.write('kind', value)}
            />
            {say.sentence.that}
            <Choice
              label={say.sentence.channel}
              value={filter.channel}
              options={[
                { value: '', name: say.sentence.everyChannel },
                ...channels.map((value) => ({ value, name: channelName(value) })),
              ]}
              onChange={(value) => address.write('channel', value)}
            />
            {say.sentence.who}
            <Choice
              label={say.sentence.talk}
              value={filter.talk}
              options={Object.entries(say.sentence.talks).map(([value, name]) => ({ value, name }))}
              onChange={(value) => address.write('talk', value)}
            />
            <Choice
              label={say.sentence.out}
              value={filter.out}
              options={Object.entries(say.sentence.outs).map(([value, name]) => ({ value, name }))}
              onChange={(value) => address.write('out', value)}
            />
            {labels && (labels.length > 0 || filter.label) && (
              <Choice
                label={say.sentence.label}
                value={filter.label}
                options={[
                  { value: '', name: say.sentence.anyLabel },
                  ...labels.map((label) => ({ value: label.id, name: label.name })),
                ]}
                onChange={(value) => address.write('label', value)}
              />
            )}
            <Day name={say.sentence.from} value={filter.from} onChange={(day) => address.write('from', day)} />
            <Day name={say.sentence.to} value={filter.to} onChange={(day) => address.write('to', day)} />
            <input
              className={styles.custom}
              aria-label={say.sentence.field}
              placeholder={say.sentence.field}
              defaultValue={filter.field}
              onBlur={(event) => address.write('field', event.currentTarget.value.trim())}
              onKeyDown={(event) => event.key === 'Enter' && address.write('field', event.currentTarget.value.trim())}
            />
          </Sentence>
        </header>
        <ContactList filter={filter} open={open} />
      </div>
      {open && <ContactDetail key={open} id={open} onClose={() => show(undefined)} />}
      {isAdding && <NewContact onClose={() => setAdding(false)} onAdded={show} />}
    </main>
  );
}

/** A day of the filter: typed part by part, and looked for when it is whole. */
function Day({ name, value, onChange }: { name: string; value: string; onChange: (day: string) => void }) {
  const [draft, setDraft] = useState(value);
  const [was, setWas] = useState(value);
  if (was !== value) {
    // The address was changed: by what was typed here, or by going back.
    setWas(value);
    setDraft(value);
  }
  return (
    <label className={styles.day}>
      {name}
      <input
        type="date"
        max="9999-12-31"
        className={styles.custom}
        value={draft}
        onChange={(event) => {
          const { value: day, validity } = event.currentTarget;
          setDraft(day); // empty while a part is missing; what was typed of it stays
          if (day === '' ? !validity.badInput : day >= '1970') onChange(day);
        }}
        onBlur={() => setDraft(value)}
      />
    </label>
  );
}
