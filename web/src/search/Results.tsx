import { Link } from '@tanstack/react-router';
import type { KeyboardEvent, ReactNode } from 'react';
import type { FoundContact, FoundConversation, FoundMessage } from '@/api/types';
import { linkTo } from '@/inbox/place';
import { Avatar } from '@/parts/Avatar';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { Marked } from '@/parts/Marked';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { searchWords } from '@/words/search';
import type { Sections, Type } from './data';
import styles from './Search.module.css';

/** Lines of one kind. */
export function Results<T extends Type>({ type, items }: { type: T; items: Sections[T] }) {
  return (
    <ul className={styles.results} aria-label={searchWords.sections[type]} onKeyDown={step}>
      {(items as { id: string }[]).map((item) => (
        <li key={item.id}>
          {type === 'messages' && <MessageResult message={item as FoundMessage} />}
          {type === 'conversations' && <ConversationResult conversation={item as FoundConversation} />}
          {type === 'contacts' && <ContactResult contact={item as FoundContact} />}
        </li>
      ))}
    </ul>
  );
}

function MessageResult({ message }: { message: FoundMessage }) {
  const name = message.contact_name ?? message.handle;
  return (
    <Link
      {...linkTo({ view: 'all', conversation: message.conversation_id, message: message.id })}
      className={styles.result}
      data-result
    >
      <Avatar name={name} seed={message.contact_id} channel={message.channel} />
      <span className={styles.name} dir="auto">
        {name}
      </span>
      <span className="hidden-words">{channelName(message.channel)}</span>
      <Moment at={message.occurred_at} className={styles.time} />
      <span className={styles.text} dir="auto">
        {message.direction === 'outbound' && <Writer>{message.writer_name}</Writer>}
        <Marked snippet={message.snippet} />
      </span>
    </Link>
  );
}

function ConversationResult({ conversation }: { conversation: FoundConversation }) {
  const name = conversation.contact_name ?? conversation.handle;
  const { message_id: message, snippet } = conversation;
  return (
    <Link
      {...linkTo({ view: 'all', conversation: conversation.id, message: message ?? undefined })}
      className={styles.result}
      data-result
    >
      <Avatar name={name} seed={conversation.contact_id} channel={conversation.channel} />
      <span className={styles.name} dir="auto">
        {message ? name : <Marked snippet={snippet} />}
      </span>
      <span className="hidden-words">{channelName(conversation.channel)}</span>
      <Moment at={conversation.found_at} className={styles.time} />
      <span className={styles.text} data-one-line={message ? undefined : true} dir="auto">
        {message ? (
          <Marked snippet={snippet} />
        ) : (
          <>
            {conversation.last_message_direction === 'outbound' && `${words.inbox.you} `}
            {conversation.last_message_preview}
          </>
        )}
      </span>
    </Link>
  );
}

function ContactResult({ contact }: { contact: FoundContact }) {
  const name = contact.name ?? contact.phone ?? contact.identities[0]?.handle ?? '';
  const content = (
    <>
      <Avatar name={name} seed={contact.id} />
      <span className={styles.name} dir="auto">
        <Marked snippet={contact.snippet} />
      </span>
      <span className={styles.text} data-one-line>
        {contact.identities.map((identity) => (
          <span key={`${identity.channel} ${identity.handle}`} className={styles.handle}>
            <ChannelMark channel={identity.channel} />
            <span className="hidden-words">{channelName(identity.channel)}</span>
            {identity.handle}
          </span>
        ))}
      </span>
    </>
  );
  return contact.conversation_id ? (
    <Link {...linkTo({ view: 'all', conversation: contact.conversation_id })} className={styles.result} data-result>
      {content}
    </Link>
  ) : (
    <div className={styles.result}>{content}</div>
  );
}

const Writer = ({ children }: { children: ReactNode }) => (
  <span className={styles.writer}>{children ? `${children}: ` : `${words.inbox.you} `}</span>
);

const links = () => [...document.querySelectorAll<HTMLElement>('[data-result]')];

/** To the result after or before the one that has the focus; above the first one is the field. */
export function move(by: 1 | -1, field: HTMLElement | null): void {
  const all = links();
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (at + by < 0) field?.focus();
  else all[at + by]?.focus();
}

function step(event: KeyboardEvent): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : undefined;
  if (!by) return;
  event.preventDefault();
  move(by, document.querySelector<HTMLElement>('[data-search-field]'));
}
