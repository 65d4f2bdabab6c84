import type { Message, Note } from '@/api/types';
import { dayKey } from '@/parts/dates';
import type { Outgoing } from '../state/outbox';

/** A line of a thread. */
export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'new'; key: string }
  | { kind: 'note'; key: string; note: Note }
  | { kind: 'message'; key: string; message: Message; isFirst: boolean; isLast: boolean }
  | { kind: 'outgoing'; key: string; entry: Outgoing; isFirst: boolean; isLast: boolean };

// Within this, messages of one author read as one.
const TOGETHER = 5 * 60_000;

const isAlone = (message: Message) => message.type === 'event';

const joins = (a: Message | undefined, b: Message | undefined) =>
  a !== undefined &&
  b !== undefined &&
  !isAlone(a) &&
  !isAlone(b) &&
  a.direction === b.direction &&
  a.author === b.author &&
  dayKey(a.occurred_at) === dayKey(b.occurred_at) &&
  Date.parse(b.occurred_at) - Date.parse(a.occurred_at) < TOGETHER;

/** Days, groups of one author, and where the unread ones begin. */
export function rowsOf(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  firstUnread: string | undefined,
  /** Of the stretch of time that is shown, the oldest first. */
  notes: readonly Note[] = [],
): Row[] {
  const rows: Row[] = [];
  let day: number | undefined;
  const startDay = (at: string) => {
    if (dayKey(at) === day) return;
    day = dayKey(at);
    rows.push({ kind: 'day', key: `day-${day}`, at });
  };
  let noted = 0;
  const showNotes = (until: number) => {
    const before = noted;
    for (let note = notes[noted]; note && Date.parse(note.created_at) < until; note = notes[++noted]) {
      startDay(note.created_at);
      rows.push({ kind: 'note', key: `note-${note.id}`, note });
    }
    return noted > before;
  };
  messages.forEach((message, index) => {
    const isParted = showNotes(Date.parse(message.occurred_at));
    startDay(message.occurred_at);
    if (message.id === firstUnread) rows.push({ kind: 'new', key: 'new' });
    const isFirst = isParted || message.id === firstUnread || !joins(messages[index - 1], message);
    const next = messages[index + 1];
    const isLast = next?.id === firstUnread || !joins(message, next);
    rows.push({ kind: 'message', key: message.id, message, isFirst, isLast });
  });
  showNotes(Number.POSITIVE_INFINITY);
  outgoing.forEach((entry, index) => {
    startDay(entry.at);
    rows.push({ kind: 'outgoing', key: entry.key, entry, isFirst: index === 0, isLast: index === outgoing.length - 1 });
  });
  return rows;
}

/**
 * The stream may tell of a message before the answer to its post does: until then it would stand there twice. So a message
 * that is new, mine, and says what is under way is left out while it is.
 */
export function withoutTwins(
  messages: readonly Message[],
  underWay: readonly Outgoing[],
  author: string,
): readonly Message[] {
  if (underWay.length === 0) return messages;
  const left = [...underWay];
  const hidden = new Set<string>();
  for (let index = messages.length - 1; index >= 0 && left.length > 0; index--) {
    const message = messages[index] as Message;
    const twin = left.findIndex(
      (entry) =>
        message.author === author &&
        message.type === (entry.body.type ?? 'text') &&
        (entry.body.type === 'template' || (message.content ?? '') === (entry.body.content ?? '')) &&
        Date.parse(message.created_at) >= Date.parse(entry.at) - 1000,
    );
    if (twin < 0) continue;
    left.splice(twin, 1);
    hidden.add(message.id);
  }
  return hidden.size === 0 ? messages : messages.filter((message) => !hidden.has(message.id));
}
