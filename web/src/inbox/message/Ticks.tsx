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
  const { status } = message;
  const at = {
    sent: message.sent_at,
    delivered: message.delivered_at,
    read: message.read_at,
    failed: message.failed_at,
  }[status as 'sent'];
  const text = `${words.inbox.steps[status] ?? status}${at ? ` ${timeOf(at)}` : ''}`;
  return <Tick status={status} text={text} />;
}

/** @param text instead of the name of the step, where there is more to say. */
export function Tick({ status, text = words.inbox.steps[status] ?? status }: { status: string; text?: string }) {
  const Icon = icons[status as keyof typeof icons] ?? Clock;
  return (
    <span className={styles.ticks} data-status={status} title={text}>
      <Icon size={14} strokeWidth={2} aria-hidden />
      <span className="hidden-words">{text}</span>
    </span>
  );
}
