import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { LayoutTemplate } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import type { Attachment, Conversation, Template } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Blank, Failed } from '@/parts/States';
import { words } from '@/words';
import { outbox } from '../state/outbox';
import styles from './TemplatePicker.module.css';
import { blanksOf, fill, locationOf, type Place, requestOf, saidBy } from './template';

/** Chooses a template that the provider has approved, and fills it. */
export default function TemplatePicker({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const integration = conversation.integration_id;
  const templates = useQuery({
    queryKey: keys.templates(integration),
    queryFn: async () =>
      (
        await ask(
          api.GET('/api/templates', {
            params: { query: { integration_id: integration, status: 'approved', limit: 200 } },
          }),
        )
      ).items,
  });
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Template>();
  const wanted = text.trim().toLocaleLowerCase();
  const usable = templates.data ?? [];
  const found = usable
    .filter((template) =>
      `${template.name} ${template.language} ${saidBy(template).body}`.toLocaleLowerCase().includes(wanted),
    )
    .sort((a, b) => a.name.localeCompare(b.name) || a.language.localeCompare(b.language));
  const shown = chosen ?? found[0];

  return (
    <Dialog onClose={onClose} title={words.inbox.templates.title} size={760}>
      {templates.isError ? (
        <Failed problem={Problem.of(templates.error)} onAgain={() => templates.refetch()} />
      ) : templates.data && usable.length === 0 ? (
        <Blank icon={LayoutTemplate} title={words.inbox.templates.none} text={words.inbox.templates.noneText} />
      ) : (
        <div className={styles.picker}>
          <div className={styles.side}>
            <TextInput
              data-autofocus
              aria-label={words.inbox.templates.search}
              placeholder={words.inbox.templates.search}
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setChosen(undefined);
              }}
            />
            <ul className={styles.list}>
              {found.map((template) => (
                <li key={template.id}>
                  <button type="button" aria-pressed={template.id === shown?.id} onClick={() => setChosen(template)}>
                    <b>{template.name.replaceAll('_', ' ')}</b>
                    <small>{template.language.replace('_', '-')}</small>
                  </button>
                </li>
              ))}
            </ul>
          </div>
          {shown && <Fill key={shown.id} template={shown} conversation={conversation} onClose={onClose} />}
        </div>
      )}
    </Dialog>
  );
}

/** What is known of the person stands there already. */
function guess(template: Template, conversation: Conversation): Record<string, string> {
  const name = conversation.contact_name ?? '';
  const known: Record<string, string> = {
    first_name: name.split(' ')[0] ?? '',
    name,
    customer_name: name,
    full_name: name,
  };
  return Object.fromEntries(
    blanksOf(template).flatMap((blank) => (known[blank.name] ? [[blank.key, known[blank.name] as string]] : [])),
  );
}

function Fill({
  template,
  conversation,
  onClose,
}: {
  template: Template;
  conversation: Conversation;
  onClose: () => void;
}) {
  const [values, setValues] = useState<Record<string, string>>(() => guess(template, conversation));
  const [file, setFile] = useState<Attachment>();
  const [place, setPlace] = useState<Place>({ position: '', name: '', address: '' });
  const [problem, setProblem] = useState<string>();
  const said = saidBy(template);
  const blanks = blanksOf(template);
  const { media } = template.variables;
  const isPlace = media === 'location';
  const hasHeader = !media || (isPlace ? locationOf(place) !== undefined : file !== undefined);
  const isWhole = blanks.every((blank) => values[blank.key]?.trim()) && hasHeader;

  async function take(chosen: File | undefined) {
    if (!chosen) return;
    setProblem(undefined);
    try {
      setFile(
        await ask(
          api.POST('/api/attachments', {
            params: { query: { file_name: chosen.name } },
            body: chosen as never,
            bodySerializer: (body) => body as never,
            headers: { 'Content-Type': chosen.type || 'application/octet-stream' },
          }),
        ),
      );
    } catch (failure) {
      setProblem(Problem.of(failure).message);
    }
  }

  return (
    <form
      className={styles.fill}
      onSubmit={(event) => {
        event.preventDefault();
        outbox.add({
          conversation: conversation.id,
          body: requestOf(template, values, file?.id, isPlace ? place : undefined),
          preview: fill(said.body, 'body', values),
          file,
        });
        onClose();
      }}
    >
      <div className={styles.preview}>
        {media && <small>{(isPlace ? place.name : file?.file_name) || words.inbox.templates.media[media]}</small>}
        {said.header?.text && <b dir="auto">{fill(said.header.text, 'header', values)}</b>}
        <p dir="auto">{fill(said.body, 'body', values)}</p>
        {said.footer && <small dir="auto">{said.footer}</small>}
        {said.buttons.length > 0 && (
          <ul>
            {said.buttons.map((button) => (
              <li key={button.text} dir="auto">
                {button.text}
              </li>
            ))}
          </ul>
        )}
      </div>
      {isPlace && (
        <>
          <TextInput
            label={words.inbox.templates.position}
            description={words.inbox.templates.positionHelp}
            error={place.position.trim() !== '' && !locationOf(place) && words.inbox.templates.positionWrong}
            inputMode="text"
            value={place.position}
            onChange={(event) => setPlace({ ...place, position: event.currentTarget.value })}
          />
          <TextInput
            label={words.inbox.templates.placeName}
            maxLength={200}
            value={place.name}
            onChange={(event) => setPlace({ ...place, name: event.currentTarget.value })}
          />
          <TextInput
            label={words.inbox.templates.placeAddress}
            maxLength={300}
            value={place.address}
            onChange={(event) => setPlace({ ...place, address: event.currentTarget.value })}
          />
        </>
      )}
      {media && !isPlace && (
        <label className={styles.file}>
          {words.inbox.templates.chooseFile[media]}
          <input
            type="file"
            accept={media === 'document' ? undefined : `${media}/*`}
            onChange={(event) => take(event.currentTarget.files?.[0])}
          />
        </label>
      )}
      {blanks.map((blank) => (
        <TextInput
          key={blank.key}
          label={
            blank.part === 'button'
              ? words.inbox.templates.button(said.buttons[Number(blank.name)]?.text ?? '')
              : words.inbox.templates.blank(blank.name)
          }
          required
          withAsterisk={false}
          maxLength={1024}
          value={values[blank.key] ?? ''}
          onChange={(event) => setValues({ ...values, [blank.key]: event.currentTarget.value })}
        />
      ))}
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <Button type="submit" disabled={!isWhole}>
        {words.inbox.templates.send}
      </Button>
    </form>
  );
}
