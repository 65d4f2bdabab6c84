import { type KeyboardEvent, useState } from 'react';
import { Problem } from '@/api/problem';
import { words } from '@/words';
import styles from './ContactPanel.module.css';

/** Text that becomes a field where it stands. Enter or leaving saves, Escape gives up. */
export function EditableText({
  label,
  value,
  placeholder,
  canEdit,
  canBeEmpty = false,
  className,
  onSave,
}: {
  label: string;
  value: string;
  placeholder: string;
  canEdit: boolean;
  /** Emptying it takes it away; otherwise it leaves it as it was. */
  canBeEmpty?: boolean;
  className?: string;
  onSave: (value: string) => Promise<void>;
}) {
  const [text, setText] = useState<string>();
  const [problem, setProblem] = useState<string>();

  async function save() {
    const next = text?.trim();
    if (next === undefined || next === value || (next === '' && !canBeEmpty)) {
      setText(undefined);
      return setProblem(undefined);
    }
    try {
      await onSave(next);
      setText(undefined);
      setProblem(undefined);
    } catch (failure) {
      setProblem(Problem.of(failure).message);
    }
  }

  function press(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) void save();
    if (event.key === 'Escape') {
      event.stopPropagation();
      setText(undefined);
      setProblem(undefined);
    }
  }

  if (text === undefined)
    return canEdit ? (
      <button
        type="button"
        className={`${styles.editable} ${className ?? ''}`}
        data-empty={!value || undefined}
        aria-label={words.inbox.contact.edit(label, value)}
        dir="auto"
        onClick={() => setText(value)}
      >
        {value || placeholder}
      </button>
    ) : (
      <span className={className} dir="auto">
        {value || placeholder}
      </span>
    );
  return (
    <span className={styles.editing}>
      <input
        className={className}
        aria-label={label}
        aria-invalid={problem !== undefined}
        dir="auto"
        // biome-ignore lint/a11y/noAutofocus: it stands where the person has just clicked
        autoFocus
        maxLength={320}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={press}
      />
      {problem && <small role="alert">{problem}</small>}
    </span>
  );
}
