import { type KeyboardEvent, type RefObject, useState } from 'react';
import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { Conversation, Template } from '@/api/types';
import { notify } from '@/app/notices';
import { writeInto } from '@/parts/writeInto';
import { words } from '@/words';
import { drafts } from '../state/drafts';
import { blankIn, findReplies, useOwnTemplates, wantedIn } from './data';
import styles from './quick.module.css';

const LIST = 'quick-replies';

/** A slash in the field offers the team's own words; arrows choose, Enter takes. */
export function useQuickReplies(
  conversation: Conversation,
  text: string,
  field: RefObject<HTMLTextAreaElement | null>,
) {
  const { data } = useOwnTemplates();
  const [at, setAt] = useState(0);
  const [closedFor, setClosedFor] = useState<string>();
  const wanted = wantedIn(text);
  const found =
    wanted === undefined || wanted === closedFor ? [] : findReplies(data ?? [], wanted, conversation.channel);
  const chosen = Math.min(at, found.length - 1);

  async function take(template: Template): Promise<void> {
    setClosedFor(wanted);
    setAt(0);
    try {
      const { content } = await ask(
        api.POST('/api/templates/{id}/preview', {
          params: { path: { id: template.id } },
          body: { contact_id: conversation.contact_id },
        }),
      );
      const before = drafts.read(conversation.id).text;
      const start = before.slice(0, before.length - (wantedIn(before)?.length ?? -1) - 1);
      const text = start + content;
      const blank = blankIn(text) ?? { from: text.length, to: text.length };
      writeInto(field, () => drafts.change(conversation.id, { text }), blank.from, blank.to);
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    }
    setClosedFor(undefined);
  }

  /** True when the key was for the list. */
  function press(event: KeyboardEvent): boolean {
    const template = found[chosen];
    if (!template) return false;
    if (event.key === 'ArrowDown') setAt((chosen + 1) % found.length);
    else if (event.key === 'ArrowUp') setAt((chosen + found.length - 1) % found.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') void take(template);
    else if (event.key === 'Escape') setClosedFor(wanted);
    else return false;
    event.preventDefault();
    return true;
  }

  const list = found.length > 0 && (
    <div className={styles.list} id={LIST} role="listbox" aria-label={words.replies.list}>
      {found.map((template, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, and says which one is chosen
        <div
          key={template.id}
          id={`${LIST}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className={styles.option}
          onPointerEnter={() => setAt(index)}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => take(template)}
        >
          <b>{template.shortcut ? `/${template.shortcut}` : template.name}</b>
          <span dir="auto">{(template.content as { body?: string }).body}</span>
        </div>
      ))}
      <small aria-hidden>{words.replies.hint}</small>
    </div>
  );
  const aria =
    found.length > 0
      ? ({ 'aria-controls': LIST, 'aria-activedescendant': `${LIST}-${chosen}`, 'aria-autocomplete': 'list' } as const)
      : {};
  return { list, press, aria, blank: blankIn(text) };
}
