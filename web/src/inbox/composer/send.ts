import type { Reply } from '@/api/types';
import { type Draft, type DraftFile, drafts } from '../state/drafts';
import { outbox } from '../state/outbox';
import { longestFor, partsOf } from './length';

/** What was written as messages: each file is one; the words go with the first file that can carry them, or on their own, in parts where
 * they are too long for one message. */
export function bodiesOf(channel: string, draft: Draft): { body: Reply; file?: DraftFile }[] {
  const text = draft.text.trim();
  const files = draft.files ?? [];
  const fits = text.length <= longestFor(channel, true);
  const carrier = fits ? files.findIndex((file) => file.kind !== 'audio' && file.kind !== 'sticker') : -1;
  const reply = draft.answered ? { reply_to_message_id: draft.answered.id } : {};
  const bodies: { body: Reply; file?: DraftFile }[] = files.map((file, index) => ({
    file,
    body: { type: file.kind, attachment_id: file.id, ...(index === carrier && text ? { content: text } : {}) },
  }));
  if (carrier < 0)
    for (const part of partsOf(text, longestFor(channel))) bodies.push({ body: { type: 'text', content: part } });
  return bodies.map((one, index) => (index === 0 ? { ...one, body: { ...one.body, ...reply } } : one));
}

/** Sends what was written. */
export function sendDraft(conversation: string, channel: string, draft: Draft): void {
  bodiesOf(channel, draft).forEach(({ body, file }, index) => {
    outbox.add({
      conversation,
      body,
      answered: index === 0 ? draft.answered : undefined,
      file,
    });
  });
  drafts.write(conversation, { text: '' });
}
