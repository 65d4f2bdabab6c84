import { Search, X } from 'lucide-react';
import { type Ref, useEffect, useRef, useState } from 'react';
import { searchWords } from '@/words/search';
import styles from './Search.module.css';

const PAUSE = 180;
const LONGEST = 256; // what the server takes

/** Where one types. What is typed goes into the address after a moment's rest, or at once with Enter. */
export function Field({
  ref,
  value,
  onChange,
  onDown,
  label = searchWords.placeholder,
  isFirst = true,
}: {
  ref: Ref<HTMLInputElement>;
  value: string;
  onChange: (text: string) => void;
  onDown: () => void;
  label?: string;
  /** Whether one begins here. */
  isFirst?: boolean;
}) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;

  // The address has changed by other means: back, a link, the palette.
  if (value !== sent.current) {
    sent.current = value;
    setText(value);
  }
  const send = (next: string) => {
    if (next === sent.current) return;
    sent.current = next;
    latest.current(next);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the clock
  useEffect(() => {
    const timer = setTimeout(() => send(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <search className={styles.field}>
      <Search size={18} aria-hidden />
      <input
        ref={ref}
        data-search-field
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: who comes here wants to type
        autoFocus={isFirst}
        dir="auto"
        maxLength={LONGEST}
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter') send(text);
          else if (event.key === 'Escape' && text !== '') setText('');
          else if (event.key === 'Escape') event.currentTarget.blur();
          else if (event.key === 'ArrowDown') {
            event.preventDefault();
            onDown();
          }
        }}
      />
      {text !== '' && (
        <button type="button" aria-label={searchWords.clear} title={searchWords.clear} onClick={() => setText('')}>
          <X size={16} aria-hidden />
        </button>
      )}
    </search>
  );
}
