import { useState } from 'react';
import type { Conversation } from '@/api/types';
import { useActions } from '@/app/actions';
import { words } from '@/words';
import { Composer } from '../composer/Composer';
import { focusComposer } from '../composer/focus';
import { writeNote } from '../notes/data';
import { NoteForm } from '../notes/NoteForm';
import styles from '../notes/notes.module.css';

/** Where one writes: to the customer, or beside, to colleagues. What was begun for the one stays while one writes the other. */
export function Writing({ conversation, onSend }: { conversation: Conversation; onSend: () => void }) {
  const [isNote, setNote] = useState(false);
  useActions([
    {
      id: 'note',
      name: isNote ? words.notes.toAnswer : words.notes.toNote,
      group: 'conversation',
      keys: 'm',
      run: () => {
        setNote(!isNote);
        if (isNote) setTimeout(focusComposer);
      },
    },
  ]);
  return (
    <>
      <fieldset className={styles.modes} aria-label={words.notes.modes}>
        <button type="button" aria-pressed={!isNote} onClick={() => setNote(false)}>
          {words.notes.answer}
        </button>
        <button type="button" aria-pressed={isNote} onClick={() => setNote(true)}>
          {words.notes.note}
        </button>
      </fieldset>
      <div hidden={isNote}>
        <Composer conversation={conversation} onSend={onSend} />
      </div>
      {isNote && (
        <div className={styles.asNote}>
          <NoteForm
            key={conversation.contact_id}
            isFirst
            kept={`note.${conversation.contact_id}`}
            action={words.notes.add}
            onSave={async (content, type) => {
              await writeNote(conversation.contact_id, conversation.id, content, type);
              onSend();
            }}
          />
        </div>
      )}
    </>
  );
}
