import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { words } from '@/words';
import styles from './FileDrop.module.css';

interface Props {
  takes: () => boolean;
  onFiles: (files: FileList) => void;
  className?: string;
  children: ReactNode;
}

/** Where files may be dropped. */
export function FileDrop({ takes, onFiles, className, children }: Props) {
  const depth = useRef(0); // entering a child leaves the parent: only the balance says where the pointer is
  const [isOver, setOver] = useState(false);
  const isOurs = (event: DragEvent) => event.dataTransfer.types.includes('Files') && takes();
  const move = (event: DragEvent, by: number) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    depth.current = by === 0 ? 0 : depth.current + by;
    setOver(depth.current > 0);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a picker beside it does the same by key
    <div
      className={`${styles.drop} ${className ?? ''}`}
      onDragEnter={(event) => move(event, 1)}
      onDragLeave={(event) => move(event, -1)}
      onDragOver={(event) => isOurs(event) && event.preventDefault()}
      onDrop={(event) => {
        if (isOurs(event)) onFiles(event.dataTransfer.files);
        move(event, 0);
      }}
    >
      {children}
      {isOver && <div className={styles.over}>{words.inbox.files.drop}</div>}
    </div>
  );
}
