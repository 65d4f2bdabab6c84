import type { ReactNode } from 'react';
import styles from './Standing.module.css';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** How something stands, in a word, with a dot for those who glance. */
export function Standing({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.standing} data-tone={tone}>
      {children}
    </span>
  );
}
