import { Menu } from '@mantine/core';
import { Check, UsersRound } from 'lucide-react';
import { useMe } from '@/api/session';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import { useOnline } from '../presence/data';
import dots from '../presence/presence.module.css';
import styles from './assignment.module.css';
import { type Held, useHolder, useMembers, useTeams } from './data';

const say = words.assignment;

/** A person, a team, or nobody. */
export type To = { user_id?: string; team_id?: string } | undefined;

/** Whom one can give a contact to, as the items of a menu. */
export function People({
  held,
  isReady = true,
  canRelease,
  onGive,
}: {
  /** Who has it; several contacts have no one holder. */
  held?: Held;
  isReady?: boolean;
  /** True where it is not known whether somebody has them. */
  canRelease?: boolean;
  onGive: (to: To) => void;
}) {
  const holder = useHolder(held ?? {});
  const { data: me } = useMe();
  const { data: members } = useMembers();
  const { data: teams } = useTeams();
  const online = useOnline();
  const able = (members ?? []).filter((one) => one.is_active && one.role !== 'viewer');
  const mine = me?.user?.id;
  const others = able.filter((one) => one.id !== mine);
  return (
    <>
      {mine && able.some((one) => one.id === mine) && held?.assigned_user_id !== mine && (
        <Menu.Item disabled={!isReady} onClick={() => onGive({ user_id: mine })}>
          {say.take}
        </Menu.Item>
      )}
      {(holder || canRelease) && (
        <Menu.Item disabled={!isReady} onClick={() => onGive(undefined)}>
          {say.release}
        </Menu.Item>
      )}
      {others.length > 0 && <Menu.Label>{say.people}</Menu.Label>}
      {others.map((one) => (
        <Menu.Item
          key={one.id}
          disabled={!isReady}
          leftSection={<Avatar name={one.name} seed={one.id} size={24} />}
          rightSection={
            one.id === held?.assigned_user_id ? (
              <Check size={14} aria-hidden />
            ) : (
              <span className={styles.load} title={say.load(one.open_conversations)}>
                {one.open_conversations}
              </span>
            )
          }
          aria-current={one.id === held?.assigned_user_id || undefined}
          onClick={() => onGive({ user_id: one.id })}
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
          disabled={!isReady}
          leftSection={<UsersRound size={16} aria-hidden />}
          rightSection={team.id === held?.assigned_team_id && <Check size={14} aria-hidden />}
          onClick={() => onGive({ team_id: team.id })}
        >
          {team.name}
        </Menu.Item>
      ))}
    </>
  );
}
