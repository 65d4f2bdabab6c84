import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { reread } from '@/api/told';
import type { BotDocument } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { Loaded } from '@/parts/Loaded';
import { words } from '@/words';
import { botWords } from '@/words/bot';
import { field, forms, Wrong } from '../forms';
import styles from './bot.module.css';

const say = botWords.documents;

/** A new document, or one to change. */
export function EditDocument({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const query = useQuery<BotDocument, Problem>({
    queryKey: keys.botDocument(id ?? ''),
    queryFn: () =>
      ask(api.GET('/api/bot/documents/{id}', { params: { path: { id: id ?? '' } } })) as Promise<BotDocument>,
    enabled: id !== undefined,
    gcTime: 0,
  });
  return (
    <Dialog onClose={onClose} title={query.data ? say.edit(query.data.title) : say.add} size={640}>
      {id === undefined ? (
        <DocumentForm onClose={onClose} />
      ) : (
        <Loaded query={query}>{(document) => <DocumentForm document={document} onClose={onClose} />}</Loaded>
      )}
    </Dialog>
  );
}

function DocumentForm({ document, onClose }: { document?: BotDocument; onClose: () => void }) {
  const [title, setTitle] = useState(document?.title ?? '');
  const [content, setContent] = useState(document?.content ?? '');
  const file = useRef<HTMLInputElement>(null);
  const done = (sentence: string) => {
    reread(keys.botDocuments);
    notify(sentence);
    onClose();
  };
  const saving = useMutation<unknown, Problem>({
    mutationFn: () =>
      document
        ? ask(api.PUT('/api/bot/documents/{id}', { params: { path: { id: document.id } }, body: { title, content } }))
        : ask(api.POST('/api/bot/documents', { body: { title, content } })),
    onSuccess: () => done(say.saved(title)),
  });
  const removing = useMutation<unknown, Problem>({
    mutationFn: () => ask(api.DELETE('/api/bot/documents/{id}', { params: { path: { id: document?.id ?? '' } } })),
    onSuccess: () => done(say.removed(title)),
  });

  async function take(event: ChangeEvent<HTMLInputElement>) {
    const chosen = event.currentTarget.files?.[0];
    if (!chosen) return;
    setContent(await chosen.text());
    if (title.trim() === '') setTitle(chosen.name.replace(/\.[^.]+$/, ''));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <form className={forms.form} onSubmit={submit} noValidate>
      <TextInput
        {...field}
        label={say.name}
        description={say.nameHelp}
        maxLength={200}
        data-autofocus
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        error={saving.error?.fields.title}
      />
      <Textarea
        {...field}
        label={say.content}
        rows={12}
        value={content}
        onChange={(event) => setContent(event.currentTarget.value)}
        error={saving.error?.fields.content}
      />
      <input
        ref={file}
        className={styles.file}
        type="file"
        accept=".txt,.md,.markdown,text/plain,text/markdown"
        tabIndex={-1}
        aria-label={say.file}
        onChange={take}
      />
      <Wrong problem={saving.error ?? removing.error} fields={['title', 'content']} />
      <div className={forms.end}>
        <Button variant="default" onClick={() => file.current?.click()}>
          {say.file}
        </Button>
        {document && (
          <Button variant="default" loading={removing.isPending} onClick={() => removing.mutate()}>
            {say.remove}
          </Button>
        )}
        <Button type="submit" loading={saving.isPending} disabled={title.trim() === '' || content.trim() === ''}>
          {words.save}
        </Button>
      </div>
    </form>
  );
}
