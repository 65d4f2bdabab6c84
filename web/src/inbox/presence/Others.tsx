import type { Conversation } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import { useMembers } from '../assignment/data';
import { useOthers } from './data';
import styles from './presence.module.css';

const say = words.presence;
const MOST = 3;

/** Colleagues who look at the same contact just now. */
export function Others({ conversation }: { conversation: Conversation }) {
  const others = useOthers(conversation.contact_id);
  const { data: members } = useMembers();
  if (others.length === 0) return null;
  const nameOf = (user: string) => members?.find((one) => one.id === user)?.name ?? say.somebody;
  const text = others.map(({ user, isTyping }) => (isTyping ? say.types : say.looks)(nameOf(user))).join(', ');
  return (
    <span className={styles.others} title={text}>
      <span className="hidden-words">{text}</span>
      {others.slice(0, MOST).map(({ user, isTyping }) => (
        <span key={user} className={styles.ring} data-typing={isTyping || undefined}>
          <Avatar name={nameOf(user)} seed={user} size={24} />
        </span>
      ))}
      {others.length > MOST && <span>+{others.length - MOST}</span>}
    </span>
  );
}

/** Somebody else is answering already. */
export function Collision({ conversation }: { conversation: Conversation }) {
  const others = useOthers(conversation.contact_id).filter((one) => one.isTyping);
  const { data: members } = useMembers();
  const first = others[0];
  if (!first) return null;
  const name = members?.find((one) => one.id === first.user)?.name ?? say.somebody;
  return (
    <p className={styles.collision} role="status">
      <span className={styles.dots} aria-hidden>
        <i />
        <i />
        <i />
      </span>
      {say.isTyping(name)}
    </p>
  );
}
