import { UsersRound } from 'lucide-react';
import type { Conversation } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import styles from './assignment.module.css';
import { useHolder } from './data';

/** Who takes care of it, small, in a row of the list. */
export function Assignee({ conversation }: { conversation: Conversation }) {
  const holder = useHolder(conversation);
  if (!holder) return null;
  return (
    <span className={styles.small} title={words.assignment.has(holder.name)}>
      <span className="hidden-words">{words.assignment.has(holder.name)}</span>
      {holder.isTeam ? <UsersRound size={14} aria-hidden /> : <Avatar name={holder.name} seed={holder.id} size={24} />}
    </span>
  );
}
