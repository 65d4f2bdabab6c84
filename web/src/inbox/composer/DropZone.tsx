import type { ReactNode } from 'react';
import type { Conversation } from '@/api/types';
import { FileDrop } from '@/parts/FileDrop';
import styles from './Composer.module.css';
import { upload } from './uploads';
import { windowOf } from './window';

/** Files may be dropped anywhere on a conversation one can write in. */
export function DropZone({
  conversation,
  canWrite,
  children,
}: {
  conversation: Conversation;
  canWrite: boolean;
  children: ReactNode;
}) {
  return (
    <FileDrop
      className={styles.drop}
      takes={() => canWrite && windowOf(conversation, Date.now()).state !== 'closed'}
      onFiles={(files) => upload(conversation.id, files)}
    >
      {children}
    </FileDrop>
  );
}
