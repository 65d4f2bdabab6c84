import { Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Ellipsis, Lock } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { useCan, useMe } from '@/api/session';
import type { Note } from '@/api/types';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { Dialog } from '@/parts/Dialog';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { changeNote, deleteNote } from './data';
import { NoteForm } from './NoteForm';
import { NoteText } from './NoteText';
import styles from './notes.module.css';

const say = words.notes;

/** A note, on amber paper: it looks like nothing that a customer sees. */
export function NoteCard({ note }: { note: Note }) {
  const [open, setOpen] = useState<'edit' | 'delete' | 'history'>();
  const { data: me } = useMe();
  const isAdmin = useCan('admin');
  const canWrite = useCan('editor');
  const isMine = me?.user !== null && note.user_id === me?.user?.id;
  const close = () => setOpen(undefined);
  const remove = () =>
    deleteNote(note).then(
      () => notify(say.deleted),
      (failure) => notify(Problem.of(failure).message, { isBad: true }),
    );
  return (
    <article className={styles.note} aria-label={say.by(note.user_name ?? say.program)}>
      <header>
        <b>{note.user_name ?? say.program}</b>
        {note.type === 'private' && (
          <span className={styles.private} title={say.privateText}>
            <Lock size={12} aria-hidden /> {say.private}
          </span>
        )}
        <Moment at={note.created_at} className={styles.when} />
        {Number(note.version) > 1 && (
          <button type="button" className={styles.edited} onClick={() => setOpen('history')}>
            {say.edited}
          </button>
        )}
        {canWrite && (isMine || isAdmin) && (
          <Menu position="bottom-end" width={160}>
            <Menu.Target>
              <button type="button" className={styles.tool} aria-label={say.more}>
                <Ellipsis size={15} aria-hidden />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setOpen('edit')}>{say.edit}</Menu.Item>
              <Menu.Item color="red" onClick={() => setOpen('delete')}>
                {say.delete}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </header>
      {open === 'edit' ? (
        <NoteForm
          start={note}
          action={words.save}
          onCancel={close}
          onSave={(content, type) => changeNote(note, content, type).then(close)}
        />
      ) : (
        <NoteText text={note.content} />
      )}
      {open === 'delete' && (
        <Ask
          title={say.delete}
          text={say.deleteText}
          action={say.delete}
          onYes={() => remove().then(close)}
          onClose={close}
        />
      )}
      {open === 'history' && <History note={note} onClose={close} />}
    </article>
  );
}

/** What it said before. */
function History({ note, onClose }: { note: Note; onClose: () => void }) {
  const { data } = useQuery({
    queryKey: [...keys.notes(note.contact_id), 'versions', note.id, note.version],
    queryFn: async () => (await ask(api.GET('/api/notes/{id}/versions', { params: { path: { id: note.id } } }))).items,
  });
  return (
    <Dialog onClose={onClose} title={say.history} size={480}>
      <ol className={styles.versions}>
        {data?.map((version) => (
          <li key={String(version.version)}>
            <Moment at={version.created_at} className={styles.when} />
            <NoteText text={version.content} />
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
