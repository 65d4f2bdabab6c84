import { useSyncExternalStore } from 'react';
import { storage } from '@/api/storage';
import type { Attachment, Message } from '@/api/types';

export type Answered = NonNullable<Message['answered']>;

/** A file, with its place among those chosen: small ones are up before large ones. */
export type DraftFile = Attachment & { order?: number };

/** What somebody began to write in a conversation, or as a note about a contact. */
export interface Draft {
  text: string;
  answered?: Answered;
  /** Files that are uploaded already. */
  files?: DraftFile[];
  /** Of a note that is begun: for nobody else. */
  isPrivate?: boolean;
}

const empty: Draft = { text: '' };
const known = new Map<string, Draft>();
const listeners = new Set<() => void>();
const nameOf = (conversation: string) => `draft.${conversation}`;
const tell = () => {
  for (const listener of listeners) listener();
};

// Another tab writes too: what it wrote last counts.
let watching = false;
function watch(): void {
  if (watching) return;
  watching = true;
  storage.watch((name) => {
    if (!name.startsWith('draft.')) return;
    known.delete(name.slice('draft.'.length));
    tell();
  });
}

const isEmpty = (draft: Draft) => draft.text.trim() === '' && !draft.answered && !draft.files?.length;

export const drafts = {
  read(conversation: string): Draft {
    watch();
    let draft = known.get(conversation);
    if (!draft) {
      draft = storage.read<Draft>(nameOf(conversation), empty);
      known.set(conversation, draft);
    }
    return draft;
  },

  /** Kept at once: a crash, a reload or an ended session loses nothing. */
  write(conversation: string, draft: Draft): void {
    known.set(conversation, draft);
    if (isEmpty(draft)) storage.remove(nameOf(conversation));
    else storage.write(nameOf(conversation), draft);
    tell();
  },

  change(conversation: string, part: Partial<Draft>): void {
    drafts.write(conversation, { ...drafts.read(conversation), ...part });
  },
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

export const useDraft = (conversation: string) => useSyncExternalStore(subscribe, () => drafts.read(conversation));
