import type { RefObject } from 'react';
import { flushSync } from 'react-dom';

/** Changes what stands in a field, and chooses a part of it (or puts the caret there) at once: whoever types on is quick. */
export function writeInto(
  field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>,
  change: () => void,
  from: number,
  to = from,
): void {
  flushSync(change);
  const choose = () => {
    field.current?.focus();
    field.current?.setSelectionRange(from, to);
  };
  if (document.activeElement === field.current) choose();
  else setTimeout(choose); // a menu gives the focus back to its button first
}
