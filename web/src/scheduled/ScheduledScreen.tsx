import { Link } from '@tanstack/react-router';
import { CalendarClock } from 'lucide-react';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import { useCan } from '@/api/session';
import type { ScheduledMessage } from '@/api/types';
import { linkTo } from '@/inbox/place';
import { listScheduled } from '@/inbox/schedule/data';
import { ScheduledItem } from '@/inbox/schedule/ScheduledItem';
import { Avatar } from '@/parts/Avatar';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { words } from '@/words';
import styles from './Scheduled.module.css';

const say = words.scheduling;

/** Everything that waits for its time, in all conversations. */
export default function ScheduledScreen() {
  const canWrite = useCan('editor');
  const query = usePages<ScheduledMessage>([...keys.scheduled, 'pages'], (cursor) => listScheduled({ cursor }));
  return (
    <main className={styles.screen}>
      <header className={styles.head}>
        <h1>{say.title}</h1>
        <p>{say.text}</p>
      </header>
      <Loaded query={query} lines={5}>
        {(messages) =>
          messages.length === 0 ? (
            <Blank icon={CalendarClock} title={say.none} text={say.noneText} />
          ) : (
            <ul className={styles.list} aria-label={say.title}>
              {messages.map((message) => {
                const name = message.contact_name ?? message.handle;
                return (
                  <li key={message.id}>
                    <Link
                      {...linkTo({ view: 'all', conversation: message.conversation_id })}
                      className={styles.who}
                      aria-label={say.open(name)}
                    >
                      <Avatar name={name} seed={message.contact_id} size={32} channel={message.channel} />
                      <b dir="auto">{name}</b>
                    </Link>
                    <ScheduledItem message={message} canWrite={canWrite} />
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
      <More query={query} />
    </main>
  );
}
