import { Check, CheckCheck, CircleAlert, CircleHelp, Clock } from 'lucide-react';
import type { Message } from '@/api/types';
import { timeOf } from '@/parts/dates';
import { words } from '@/words';
import styles from './Message.module.css';

const icons = {
  queued: Clock,
  sending: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
  unknown: CircleHelp,
};

/** How far a message has come, as a sign and as words. */
export function Ticks({ message }: { message: Message }) {
  const status = message.status as keyof typeof icons;
  const Icon = icons[status] ?? Clock;
  const at = {
    sent: message.sent_at,
    delivered: message.delivered_at,
    read: message.read_at,
    failed: message.failed_at,
  }[status as 'sent'];
  const text = `${words.inbox.steps[status] ?? status}${at ? ` ${timeOf(at)}` : ''}`;
  return (
    <span className={styles.ticks} data-status={status} title={text}>
      <Icon size={14} strokeWidth={2} aria-hidden />
      <span className="hidden-words">{text}</span>
    </span>
  );
}
