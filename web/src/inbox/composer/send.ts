import type { Reply } from '@/api/types';
import { type Draft, drafts } from '../state/drafts';
import { outbox } from '../state/outbox';

/** Sends what was written: each file is a message; the words go with the first file that can carry them, or on their own. */
export function sendDraft(conversation: string, draft: Draft): void {
  const text = draft.text.trim();
  const files = draft.files ?? [];
  const carrier = files.findIndex((file) => file.kind !== 'audio' && file.kind !== 'sticker');
  const reply = draft.answered ? { reply_to_message_id: draft.answered.id } : {};
  const bodies: { body: Reply; file?: (typeof files)[number] }[] = files.map((file, index) => ({
    file,
    body: { type: file.kind, attachment_id: file.id, ...(index === carrier && text ? { content: text } : {}) },
  }));
  if (text && carrier < 0) bodies.push({ body: { type: 'text', content: text } });
  bodies.forEach(({ body, file }, index) => {
    outbox.add({
      conversation,
      body: index === 0 ? { ...body, ...reply } : body,
      answered: index === 0 ? draft.answered : undefined,
      file,
    });
  });
  drafts.write(conversation, { text: '' });
}
