import { Fragment, memo } from 'react';
import styles from './Content.module.css';

// Only what begins with http:// or https:// becomes a link: nothing else can be told from words with certainty.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/giu;
const TRAILING = /[.,;:!?)\]»”’*_~]+$/u;

/** A stretch of text, or an address in it. */
export interface Part {
  text: string;
  href?: string;
}

/** Text, cut at its addresses. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** What ends a sentence is not part of its address; a bracket that the address itself opened is. */
function trim(address: string): string {
  const cut = address.replace(TRAILING, '');
  return address[cut.length] === ')' && cut.split('(').length > cut.split(')').length ? `${cut})` : cut;
}

const JUST_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\u200d|\ufe0f|\s){1,12}$/u;

/** Words of a message. They are text, whatever they look like. */
export const Linked = memo(function Linked({ text }: { text: string }) {
  const isEmoji = JUST_EMOJI.test(text) && /\p{Extended_Pictographic}/u.test(text);
  return (
    <span className={styles.text} dir="auto" data-emoji={isEmoji || undefined}>
      {partsOf(text).map((part, index) =>
        part.href ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text keep their order
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text keep their order
          <Fragment key={index}>{part.text}</Fragment>
        ),
      )}
    </span>
  );
});
