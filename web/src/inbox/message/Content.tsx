import { MapPin, UserRound } from 'lucide-react';
import type { Message } from '@/api/types';
import { words } from '@/words';
import styles from './Content.module.css';
import { FileView } from './FileView';
import { Linked } from './Linked';

type Details = Record<string, unknown>;

const asText = (value: unknown) => (typeof value === 'string' && value.length > 0 ? value : undefined);
const asList = (value: unknown): Details[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];

/** What a message says, whatever kind it is of. */
export function Content({ message }: { message: Message }) {
  if (message.deleted_at) return <em className={styles.quiet}>{words.inbox.deleted}</em>;
  const details = message.metadata ?? {};
  const files = message.attachments ?? [];
  return (
    <>
      {message.type === 'template' && (
        <small className={styles.kind}>{words.inbox.templateNamed(asText(details.name) ?? '')}</small>
      )}
      {files.map((file) => (
        <FileView key={file.id} file={file} isVoice={details.voice === true} />
      ))}
      {message.type === 'location' && <Place details={details} />}
      {message.type === 'contacts' &&
        asList(details.contacts).map((card, index) => <Card key={String(index)} card={card} />)}
      {message.content && message.type !== 'location' && message.type !== 'contacts' && (
        <Linked text={message.content} />
      )}
      {message.type === 'interactive' && <Choices details={details} />}
      {isBare(message) && (
        <em className={styles.quiet}>{words.inbox.cannotShow(words.inbox.types[message.type] ?? message.type)}</em>
      )}
    </>
  );
}

const isBare = (message: Message) =>
  !message.content &&
  !message.attachments?.length &&
  message.type !== 'location' &&
  message.type !== 'contacts' &&
  message.type !== 'interactive';

function Place({ details }: { details: Details }) {
  const latitude = Number(details.latitude);
  const longitude = Number(details.longitude);
  const name = asText(details.name) ?? words.inbox.types.location;
  const inside = (
    <>
      <span className={styles.icon}>
        <MapPin size={18} aria-hidden />
      </span>
      <span>
        <b dir="auto">{name}</b>
        <small dir="auto">{asText(details.address) ?? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`}</small>
      </span>
    </>
  );
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return <span className={styles.card}>{inside}</span>;
  return (
    <a
      className={styles.card}
      href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
      target="_blank"
      rel="noopener noreferrer"
    >
      {inside}
    </a>
  );
}

function Card({ card }: { card: Details }) {
  const name = asText((card.name as Details | undefined)?.formatted_name) ?? words.inbox.types.contacts;
  return (
    <span className={styles.card}>
      <span className={styles.icon}>
        <UserRound size={18} aria-hidden />
      </span>
      <span>
        <b dir="auto">{name}</b>
        {asList(card.phones).map((phone) => (
          <small key={asText(phone.phone)}>{asText(phone.phone)}</small>
        ))}
        {asList(card.emails).map((email) => (
          <small key={asText(email.email)}>{asText(email.email)}</small>
        ))}
      </span>
    </span>
  );
}

/** Choices that were offered, drawn as what they are: not for clicking here. */
function Choices({ details }: { details: Details }) {
  const offered = [
    ...asList(details.buttons),
    ...asList(details.sections).flatMap((section) => asList(section.rows)),
    ...(asText(details.title) && details.kind === 'link' ? [{ title: details.title }] : []),
  ];
  if (offered.length === 0) return null;
  return (
    <ul className={styles.choices} aria-label={words.inbox.choices}>
      {offered.map((choice, index) => (
        <li key={String(index)} dir="auto">
          {asText(choice.title)}
        </li>
      ))}
    </ul>
  );
}
