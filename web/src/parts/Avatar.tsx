import { memo } from 'react';
import styles from './Avatar.module.css';
import { ChannelMark } from './ChannelMark';

const HUES = 12;

/** A person, by the first letters of the name; the same person always has the same quiet colour. */
export const Avatar = memo(function Avatar({
  name,
  seed,
  size = 36,
  channel,
}: {
  name: string;
  seed: string;
  size?: 24 | 32 | 36 | 64;
  channel?: string;
}) {
  return (
    <span className={styles.frame} data-size={size} aria-hidden>
      <span className={styles.avatar} data-hue={hueOf(seed)}>
        {initials(name)}
      </span>
      {channel && (
        <span className={styles.mark}>
          <ChannelMark channel={channel} />
        </span>
      )}
    </span>
  );
});

function hueOf(seed: string): number {
  let sum = 0;
  for (const letter of seed) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % HUES;
}

/** Two at most; a number has its last two digits, which tell one from another. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words.slice(0, 1);
  const found = letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
  if (found.length > 0 && !/^\d+$/.test(name.replace(/\W/g, ''))) return found;
  return name.replace(/\D/g, '').slice(-2) || '?';
}
