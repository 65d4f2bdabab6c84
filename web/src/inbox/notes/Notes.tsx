import { words } from '@/words';
import { useNotes, writeNote } from './data';
import { NoteCard } from './NoteCard';
import { NoteForm } from './NoteForm';
import styles from './notes.module.css';

/** What colleagues know about the person, and the field to add to it. */
export function Notes({
  contact,
  conversation,
  canWrite,
}: {
  contact: string;
  /** The one that is open, which a new note belongs to. */
  conversation?: string;
  canWrite: boolean;
}) {
  const { data: notes } = useNotes(contact);
  if (!canWrite && notes?.length === 0) return null;
  return (
    <section className={styles.notes} aria-label={words.notes.title}>
      <h3>{words.notes.title}</h3>
      {canWrite && (
        <NoteForm
          key={contact}
          kept={`notes.${contact}`}
          action={words.notes.add}
          onSave={(content, type) => writeNote(contact, conversation, content, type)}
        />
      )}
      {notes?.map((note) => (
        <NoteCard key={note.id} note={note} />
      ))}
    </section>
  );
}
