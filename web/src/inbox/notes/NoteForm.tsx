import { Button, Menu } from '@mantine/core';
import { AtSign, Lock, LockOpen } from 'lucide-react';
import { useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import { notify } from '@/app/notices';
import { words } from '@/words';
import { useMembers } from '../assignment/data';
import styles from './notes.module.css';

const say = words.notes;

/** Writes or changes a note; a colleague is named from a list. */
export function NoteForm({
  start = { content: '', type: 'public' },
  action,
  onSave,
  onCancel,
}: {
  start?: { content: string; type: string };
  action: string;
  onSave: (content: string, type: string) => Promise<unknown>;
  onCancel?: () => void;
}) {
  const [content, setContent] = useState(start.content);
  const [type, setType] = useState(start.type);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const { data: members } = useMembers();
  const isPrivate = type === 'private';

  async function save() {
    if (content.trim() === '' || isBusy) return;
    setBusy(true);
    try {
      await onSave(content.trim(), type);
      setContent('');
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    } finally {
      setBusy(false);
    }
  }
  function name(member: { id: string; name: string }) {
    const at = field.current?.selectionStart ?? content.length;
    const before = content.slice(0, at);
    const text = `${before}${before === '' || /\s$/u.test(before) ? '' : ' '}@[${member.name.replace(/[[\]]/gu, '')}](user:${member.id}) `;
    setContent(text + content.slice(at));
    setTimeout(() => field.current?.focus());
  }

  return (
    <div className={styles.form} data-private={isPrivate || undefined}>
      <textarea
        ref={field}
        rows={3}
        maxLength={20_000}
        aria-label={say.field}
        placeholder={say.placeholder}
        value={content}
        onChange={(event) => setContent(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
          if (event.key === 'Escape' && onCancel) {
            event.stopPropagation();
            onCancel();
          }
        }}
      />
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
          onClick={() => setType(isPrivate ? 'public' : 'private')}
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
