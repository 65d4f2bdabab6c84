import { Menu } from '@mantine/core';
import { Check, ChevronDown, UserRoundPlus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '@/api/session';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import { useOnline } from '../presence/data';
import dots from '../presence/presence.module.css';
import styles from './assignment.module.css';
import { assign, type Held, useAssignment, useHolder, useMembers, useTeams } from './data';

const say = words.assignment;

/** Who takes care of the contact, and the way to give it to somebody else. */
export function AssigneePicker({ contact, held, canWrite }: { contact: string; held: Held; canWrite: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const holder = useHolder(held);
  const { data: me } = useMe();
  const { data: members } = useMembers();
  const { data: teams } = useTeams();
  const online = useOnline();
  // Nobody is overruled unseen: a change names what it was made on, so it waits for that.
  const { data: seen } = useAssignment(contact, isOpen);
  const give = (to: Parameters<typeof assign>[1]) => seen && void assign(contact, to, seen);
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

  const able = (members ?? []).filter((one) => one.is_active && one.role !== 'viewer');
  const mine = me?.user?.id;
  const others = able.filter((one) => one.id !== mine);
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
        {mine && able.some((one) => one.id === mine) && held.assigned_user_id !== mine && (
          <Menu.Item disabled={!seen} onClick={() => give({ user_id: mine })}>
            {say.take}
          </Menu.Item>
        )}
        {holder && (
          <Menu.Item disabled={!seen} onClick={() => give(undefined)}>
            {say.release}
          </Menu.Item>
        )}
        {others.length > 0 && <Menu.Label>{say.people}</Menu.Label>}
        {others.map((one) => (
          <Menu.Item
            key={one.id}
            leftSection={<Avatar name={one.name} seed={one.id} size={24} />}
            rightSection={
              one.id === held.assigned_user_id ? (
                <Check size={14} aria-hidden />
              ) : (
                <span className={styles.load} title={say.load(one.open_conversations)}>
                  {one.open_conversations}
                </span>
              )
            }
            aria-current={one.id === held.assigned_user_id || undefined}
            disabled={!seen}
            onClick={() => give({ user_id: one.id })}
          >
            <span className={styles.person}>
              {one.name}
              {online.has(one.id) && <i className={dots.dot} role="img" aria-label={words.presence.online} />}
            </span>
          </Menu.Item>
        ))}
        {teams && teams.length > 0 && <Menu.Label>{say.teams}</Menu.Label>}
        {teams?.map((team) => (
          <Menu.Item
            key={team.id}
            leftSection={<UsersRound size={16} aria-hidden />}
            rightSection={team.id === held.assigned_team_id && <Check size={14} aria-hidden />}
            disabled={!seen}
            onClick={() => give({ team_id: team.id })}
          >
            {team.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
