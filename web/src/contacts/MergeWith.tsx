import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Contact } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { Dialog } from '@/parts/Dialog';
import { Loaded } from '@/parts/Loaded';
import { Field } from '@/search/Field';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { everybody, nameOf, useContacts } from './data';
import { useMerging } from './useMerging';

const MOST = 8;

/** Somebody who turned out to be another contact, found by hand. */
export function MergeWith({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const query = useContacts({ ...everybody, q: text });
  const merging = useMerging();
  return (
    <Dialog title={say.mergeWith} onClose={onClose}>
      <p className={styles.quiet}>{say.mergeWithText(nameOf(contact) || say.nameless)}</p>
      <Field
        ref={field}
        value={text}
        onChange={setText}
        onDown={() => list.current?.querySelector('button')?.focus()}
        label={say.search}
      />
      <Loaded query={query} lines={4}>
        {(found) => {
          const others = found.filter((one) => one.id !== contact.id && one.kind === contact.kind).slice(0, MOST);
          return others.length === 0 ? (
            <p className={styles.quiet}>{say.noneFound}</p>
          ) : (
            <ul className={styles.lines} ref={list} aria-label={say.list}>
              {others.map((other) => (
                <li key={other.id}>
                  <Avatar name={nameOf(other)} seed={other.id} size={32} />
                  <span>
                    <b dir="auto">{nameOf(other) || say.nameless}</b>
                    <small>{[other.phone, other.email].filter(Boolean).join(' · ')}</small>
                  </span>
                  <Button
                    variant="default"
                    size="compact-sm"
                    loading={merging.isPending && merging.variables[1] === other.id}
                    aria-label={say.mergeIn(nameOf(other) || say.nameless)}
                    onClick={() => merging.mutate([contact.id, other.id], { onSuccess: onClose })}
                  >
                    {say.merge}
                  </Button>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Dialog>
  );
}
