import { useState } from 'react';
import type { Message } from '@/api/types';
import { firstUnreadOf } from '../state/stretches';

/** Where the line "New messages" stands. */
export interface NewLine {
  /** The message that it stands before. */
  before: string | undefined;
  /** What it was drawn for has been read: what comes next while nobody reads gets a line of its own. */
  isDone: boolean;
}

export interface Seen {
  messages: readonly Message[];
  isReady: boolean;
  /** It goes back to the conversation's beginning. */
  isWhole: boolean;
  reachesNow: boolean;
  unread: number;
  /** The reader is at the end and looks. */
  isReading: boolean;
}

/** The line is drawn when the thread is opened, stays where it is while one reads, and is drawn again for what came meanwhile. */
export function nextLine(line: NewLine | undefined, seen: Seen): NewLine | undefined {
  const { messages, unread, isReading, isReady, reachesNow, isWhole } = seen;
  if (!isReady) return line;
  if (line && unread === 0) return line.isDone ? line : { ...line, isDone: true };
  if (line && (!line.isDone || isReading || !reachesNow)) return line;
  return { before: reachesNow ? firstUnreadOf(messages, unread, isWhole) : undefined, isDone: unread === 0 };
}

export function useNewLine(seen: Seen): string | undefined {
  const [line, setLine] = useState<NewLine>();
  const next = nextLine(line, seen);
  if (next !== line) setLine(next);
  return next?.before;
}
