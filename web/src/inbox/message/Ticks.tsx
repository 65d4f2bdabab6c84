import { Popover } from '@mantine/core';
import { Check, CheckCheck, CircleAlert, CircleHelp, Clock } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Message, Reader } from '@/api/types';
import { exactTime, timeOf } from '@/parts/dates';
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
  if (message.seen_by?.length) {
    const Icon = icons[status as keyof typeof icons] ?? Clock;
    return <Readers message={message} text={text} icon={<Icon size={14} strokeWidth={2} aria-hidden />} />;
  }
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

const nameOf = (reader: Reader) => reader.name ?? reader.handle;

/** The same sign where the provider tells who has read it: pointing at it names them, pressing it lists them. */
function Readers({ message, text, icon }: { message: Message; text: string; icon: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const readers = message.seen_by ?? [];
  const button = (
    <button
      type="button"
      className={styles.readers}
      data-status={message.status}
      aria-label={words.inbox.readers(text, readers.length)}
      aria-expanded={isOpen}
      title={`${words.inbox.seenBy} ${readers.map((one) => (one.at ? `${nameOf(one)} ${timeOf(one.at)}` : nameOf(one))).join(', ')}`}
      onClick={() => setOpen(!isOpen)}
    >
      {icon}
      {readers.length > 1 && <span aria-hidden>{readers.length}</span>}
    </button>
  );
  // There are hundreds of messages: what floats is made for the one that is asked.
  if (!isOpen) return button;
  return (
    <Popover opened onChange={setOpen} position="top-end" shadow="md" trapFocus returnFocus withRoles={false}>
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown p={12} role="dialog" aria-label={words.inbox.seenBy}>
        <h3 className={styles.readersTitle}>{words.inbox.seenBy}</h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the list may be long, and keys scroll it */}
        <ul className={styles.readersList} tabIndex={0} data-autofocus>
          {readers.map((reader) => (
            <li key={reader.handle}>
              <span dir="auto">{nameOf(reader)}</span>
              {reader.at && (
                <time dateTime={reader.at} title={exactTime(reader.at)}>
                  {timeOf(reader.at)}
                </time>
              )}
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
