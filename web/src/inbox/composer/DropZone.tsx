import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import type { Conversation } from '@/api/types';
import { words } from '@/words';
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
  const depth = useRef(0); // entering a child leaves the parent: only the balance says where the pointer is
  const [isOver, setOver] = useState(false);
  const takes = (event: DragEvent) =>
    canWrite && event.dataTransfer.types.includes('Files') && windowOf(conversation, Date.now()).state !== 'closed';
  const move = (event: DragEvent, by: number) => {
    if (!takes(event)) return;
    event.preventDefault();
    depth.current = by === 0 ? 0 : depth.current + by;
    setOver(depth.current > 0);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the picker in the composer does the same by key
    <div
      className={styles.drop}
      onDragEnter={(event) => move(event, 1)}
      onDragLeave={(event) => move(event, -1)}
      onDragOver={(event) => takes(event) && event.preventDefault()}
      onDrop={(event) => {
        if (takes(event)) upload(conversation.id, event.dataTransfer.files);
        move(event, 0);
      }}
    >
      {children}
      {isOver && <div className={styles.over}>{words.inbox.files.drop}</div>}
    </div>
  );
}
