import { Fragment } from 'react';
import { words } from '@/words';
import styles from './Keys.module.css';

/** Keys, drawn as keys. */
export function Keys({ keys }: { keys: string[][] }) {
  return (
    <span className={styles.keys}>
      {keys.map((step, index) => (
        <Fragment key={step.join('+')}>
          {index > 0 && <span className={styles.then}>{words.shortcuts.followedBy}</span>}
          {step.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
