import { ActionIcon } from '@mantine/core';
import { FileText, RotateCw, X } from 'lucide-react';
import { words } from '@/words';
import styles from './FileChip.module.css';
import { fileSize } from './sizes';

interface Props {
  name: string;
  size: number | null;
  /** Where a picture is. */
  picture?: string;
  /** From 0 to 1; without it, the file is there. */
  progress?: number;
  problem?: string;
  onAgain?: () => void;
  onRemove: () => void;
}

/** A file that will be sent, or is still on its way to the server. */
export function FileChip({ name, size, picture, progress, problem, onAgain, onRemove }: Props) {
  const isUnderWay = progress !== undefined && !problem;
  return (
    <div className={styles.file} data-problem={problem ? true : undefined}>
      {picture ? <img src={picture} alt="" /> : <FileText size={18} aria-hidden />}
      <span>
        <b dir="auto">{name}</b>
        {(problem || size !== null) && (
          <small title={problem} role={problem ? 'alert' : undefined}>
            {problem ??
              (isUnderWay
                ? words.inbox.files.progress(Math.round(progress * 100), fileSize(size ?? 0))
                : fileSize(size ?? 0))}
          </small>
        )}
      </span>
      {problem && onAgain && (
        <ActionIcon variant="subtle" color="gray" size={26} aria-label={words.again} onClick={onAgain}>
          <RotateCw size={14} aria-hidden />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={26}
        aria-label={words.inbox.files.remove(name)}
        onClick={onRemove}
      >
        <X size={14} aria-hidden />
      </ActionIcon>
      {isUnderWay && <progress value={progress} max={1} aria-label={words.inbox.files.uploading(name)} />}
    </div>
  );
}
