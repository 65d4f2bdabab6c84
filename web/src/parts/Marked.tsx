import { Fragment } from 'react';
import type { Snippet } from '@/api/types';

/** A text with what was found in it marked. Text stays text. */
export function Marked({ snippet }: { snippet: Snippet }) {
  return partsOf(snippet).map(({ text, isFound, start }) =>
    isFound ? <mark key={start}>{text}</mark> : <Fragment key={start}>{text}</Fragment>,
  );
}

/** The text cut where marks begin and end; ranges that make no sense are left out. */
export function partsOf({ text, ranges }: Snippet): { text: string; isFound: boolean; start: number }[] {
  const parts: { text: string; isFound: boolean; start: number }[] = [];
  let at = 0;
  for (const { start, length } of ranges) {
    const [from, many] = [Number(start), Number(length)];
    if (from < at || many < 1 || from + many > text.length) continue;
    if (from > at) parts.push({ text: text.slice(at, from), isFound: false, start: at });
    parts.push({ text: text.slice(from, from + many), isFound: true, start: from });
    at = from + many;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isFound: false, start: at });
  return parts;
}
