import { Link } from '@tanstack/react-router';
import { previewOf } from '@/inbox/message/preview';
import { ChannelMark } from '@/parts/ChannelMark';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { More } from '@/settings/More';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { useTimeline } from './data';

/** Everything that was said with somebody, on all channels. */
export function Timeline({ contact }: { contact: string }) {
  const query = useTimeline(contact);
  return (
    <section className={styles.part}>
      <h3>{say.timeline}</h3>
      <Loaded query={query} lines={4}>
        {(messages) =>
          messages.length === 0 ? (
            <p className={styles.quiet}>{say.noTimeline}</p>
          ) : (
            <>
              <ol className={styles.timeline}>
                {messages.map((message) => (
                  <li key={message.id} data-mine={message.direction === 'outbound' || undefined}>
                    <Link
                      to={`/inbox/all/${message.conversation_id}`}
                      search={{ message: message.id } as never}
                      preload={false}
                    >
                      <ChannelMark channel={message.channel} />
                      <span dir="auto">
                        {message.direction === 'outbound' && <i>{say.us}: </i>}
                        {previewOf(message.type, message.content)}
                      </span>
                      <Moment at={message.occurred_at} />
                    </Link>
                  </li>
                ))}
              </ol>
              <More query={query} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
