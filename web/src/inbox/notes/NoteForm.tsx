import { Button, Menu } from '@mantine/core';
import { AtSign, Lock, LockOpen } from 'lucide-react';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import { notify } from '@/app/notices';
import { Avatar } from '@/parts/Avatar';
import { writeInto } from '@/parts/writeInto';
import { words } from '@/words';
import { useMembers } from '../assignment/data';
import { drafts } from '../state/drafts';
import { matching, mentionAt, mentionOf, namedIn, readable, written } from './mention';
import styles from './notes.module.css';

const say = words.notes;

/** Writes or changes a note; a colleague is named from a list. */
export function NoteForm({
  start = { content: '', type: 'public' },
  action,
  onSave,
  onCancel,
  isFirst = false,
  kept,
}: {
  start?: { content: string; type: string };
  action: string;
  onSave: (content: string, type: string) => Promise<unknown>;
  onCancel?: () => void;
  /** True where it was asked for: one writes at once. */
  isFirst?: boolean;
  /** The draft's name, where what was begun shall still be there when one comes back. */
  kept?: string;
}) {
  const [{ content, type }, setState] = useState(() => {
    const draft = kept ? drafts.read(kept) : undefined;
    return draft?.text
      ? { content: draft.text, type: draft.isPrivate ? 'private' : 'public' }
      : { ...start, content: readable(start.content) };
  });
  // Whom the note names, so that of two with one name the chosen one stays.
  const [named, setNamed] = useState(() => namedIn(start.content));
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const { data: members } = useMembers();
  const [caret, setCaret] = useState(-1); // where a name is being typed; -1: nowhere
  const [choice, setChoice] = useState(0);
  const list = useId();
  const typing = caret < 0 ? undefined : mentionAt(content, caret);
  const found = typing && members ? matching(members, typing.typed) : [];
  const isPrivate = type === 'private';

  function set(part: Partial<typeof start>) {
    const next = { content, type, ...part };
    setState(next);
    if (kept) drafts.write(kept, { text: next.content, isPrivate: next.type === 'private' });
  }
  async function save() {
    if (content.trim() === '' || isBusy) return;
    setBusy(true);
    try {
      await onSave(written(content.trim(), [...named, ...(members ?? [])]), type);
      set({ content: '' });
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    } finally {
      setBusy(false);
    }
  }
  function name(member: { id: string; name: string }) {
    const at = typing ? caret : (field.current?.selectionStart ?? content.length);
    const before = content.slice(0, typing?.start ?? at);
    const text = `${before}${before === '' || /[\s(]$/u.test(before) ? '' : ' '}${mentionOf(member)}`;
    const change = () => {
      set({ content: text + content.slice(at) });
      setNamed([member, ...named]);
      setCaret(-1);
    };
    writeInto(field, change, text.length);
  }
  function press(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    const chosen = found[Math.min(choice, found.length - 1)];
    if (chosen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setChoice((choice + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length);
    } else if (chosen && (event.key === 'Tab' || (event.key === 'Enter' && !event.metaKey && !event.ctrlKey))) {
      event.preventDefault();
      name(chosen);
    } else if (chosen && event.key === 'Escape') {
      event.stopPropagation();
      setCaret(-1);
    } else if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
    else if (event.key === 'Escape' && onCancel) {
      event.stopPropagation();
      onCancel();
    }
  }

  return (
    <div className={styles.form} data-private={isPrivate || undefined}>
      <textarea
        ref={field}
        rows={3}
        // biome-ignore lint/a11y/noAutofocus: whoever switches to a note wants to write it
        autoFocus={isFirst}
        maxLength={20_000}
        aria-label={say.field}
        placeholder={say.placeholder}
        value={content}
        aria-autocomplete="list"
        aria-controls={found.length > 0 ? list : undefined}
        aria-activedescendant={found.length > 0 ? `${list}-${Math.min(choice, found.length - 1)}` : undefined}
        onChange={(event) => {
          set({ content: event.currentTarget.value });
          setCaret(event.currentTarget.selectionStart);
          setChoice(0);
        }}
        onBlur={() => setTimeout(() => setCaret(-1), 150)}
        onKeyDown={press}
      />
      {found.length > 0 && (
        <div id={list} role="listbox" aria-label={say.mention} className={styles.found}>
          {found.map((one, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
            <div
              key={one.id}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === Math.min(choice, found.length - 1)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => name(one)}
            >
              <Avatar name={one.name} seed={one.id} size={24} />
              {one.name}
            </div>
          ))}
        </div>
      )}
      <div className={styles.tools}>
        <Menu position="top-start" width={220}>
          <Menu.Target>
            <button type="button" className={styles.tool} aria-label={say.mention} title={say.mention}>
              <AtSign size={16} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown className={styles.people}>
            {members
              ?.filter((one) => one.is_active)
              .map((one) => (
                <Menu.Item key={one.id} onClick={() => name(one)}>
                  {one.name}
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
        <button
          type="button"
          className={styles.tool}
          aria-pressed={isPrivate}
          title={isPrivate ? say.privateText : say.publicText}
          onClick={() => set({ type: isPrivate ? 'public' : 'private' })}
        >
          {isPrivate ? <Lock size={16} aria-hidden /> : <LockOpen size={16} aria-hidden />}
          {isPrivate ? say.private : say.public}
        </button>
        <span className={styles.gap} />
        {onCancel && (
          <Button variant="subtle" size="xs" onClick={onCancel}>
            {words.cancel}
          </Button>
        )}
        <Button size="xs" disabled={content.trim() === ''} loading={isBusy} onClick={save}>
          {action}
        </Button>
      </div>
    </div>
  );
}
