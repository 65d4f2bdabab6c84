import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { words } from '@/words';
import styles from './Ask.module.css';
import { Dialog } from './Dialog';

/** Before something that cannot be taken back: what it does, and the two ways to go on. */
export function Ask({
  title,
  text,
  action,
  isBusy,
  problem,
  onYes,
  onClose,
}: {
  title: string;
  text: ReactNode;
  action: string;
  isBusy?: boolean;
  problem?: string;
  onYes: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog onClose={onClose} title={title} size={420}>
      <p className={styles.text}>{text}</p>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={styles.buttons}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {words.cancel}
        </Button>
        <Button color="red" loading={isBusy} onClick={onYes}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
