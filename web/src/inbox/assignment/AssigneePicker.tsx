import { Menu } from '@mantine/core';
import { ChevronDown, UserRoundPlus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import styles from './assignment.module.css';
import { assign, type Held, useAssignment, useHolder } from './data';
import { People, type To } from './People';

const say = words.assignment;

/** Who takes care of the contact, and the way to give it to somebody else. */
export function AssigneePicker({ contact, held, canWrite }: { contact: string; held: Held; canWrite: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const holder = useHolder(held);
  // Nobody is overruled unseen: a change names what it was made on, so it waits for that.
  const { data: seen } = useAssignment(contact, isOpen);
  const give = (to: To) => seen && void assign(contact, to, seen);
  const shown = holder ? (
    <>
      {holder.isTeam ? <UsersRound size={16} aria-hidden /> : <Avatar name={holder.name} seed={holder.id} size={24} />}
      <span className={styles.name}>{holder.name}</span>
    </>
  ) : (
    <>
      <UserRoundPlus size={16} aria-hidden />
      <span className={styles.name}>{say.nobody}</span>
    </>
  );
  if (!canWrite)
    return holder ? (
      <span className={styles.still} title={say.has(holder.name)}>
        {shown}
      </span>
    ) : null;

  return (
    <Menu position="bottom-end" width={260} opened={isOpen} onChange={setOpen}>
      <Menu.Target>
        <button
          type="button"
          className={styles.picker}
          title={holder ? `${say.label}: ${holder.name}` : `${say.label}: ${say.nobody}`}
          aria-label={holder ? `${say.label}: ${holder.name}` : `${say.label}: ${say.nobody}`}
        >
          {shown}
          <ChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={styles.list}>
        {isOpen && <People held={held} isReady={seen !== undefined} onGive={give} />}
      </Menu.Dropdown>
    </Menu>
  );
}
