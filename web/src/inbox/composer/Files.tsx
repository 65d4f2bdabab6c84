import { ActionIcon } from '@mantine/core';
import { FileText, RotateCw, X } from 'lucide-react';
import type { Attachment } from '@/api/types';
import { fileSize } from '@/parts/sizes';
import { words } from '@/words';
import { drafts } from '../state/drafts';
import styles from './Composer.module.css';
import { cancelUpload, type Upload, uploadAgain } from './uploads';

/** The files that will go with the message, and those still on their way. */
export function Files({
  conversation,
  files,
  uploads,
}: {
  conversation: string;
  files: Attachment[];
  uploads: Upload[];
}) {
  if (files.length === 0 && uploads.length === 0) return null;
  return (
    <ul className={styles.files} aria-label={words.inbox.files.label}>
      {files.map((file) => (
        <li key={file.id} className={styles.file}>
          {file.kind === 'image' ? <img src={file.url} alt="" /> : <FileText size={18} aria-hidden />}
          <span>
            <b dir="auto">{file.file_name ?? words.inbox.types[file.kind]}</b>
            {file.size !== null && <small>{fileSize(file.size)}</small>}
          </span>
          <Remove
            name={file.file_name}
            onClick={() => drafts.change(conversation, { files: files.filter((other) => other.id !== file.id) })}
          />
        </li>
      ))}
      {uploads.map((upload) => (
        <li key={upload.id} className={styles.file} data-problem={upload.problem ? true : undefined}>
          <FileText size={18} aria-hidden />
          <span>
            <b dir="auto">{upload.name}</b>
            <small title={upload.problem}>
              {upload.problem ?? words.inbox.files.progress(Math.round(upload.progress * 100), fileSize(upload.size))}
            </small>
          </span>
          {upload.problem && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={words.again}
              onClick={() => uploadAgain(upload.id)}
            >
              <RotateCw size={14} aria-hidden />
            </ActionIcon>
          )}
          <Remove name={upload.name} onClick={() => cancelUpload(upload.id)} />
          {!upload.problem && (
            <progress value={upload.progress} max={1} aria-label={words.inbox.files.uploading(upload.name)} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Remove({ name, onClick }: { name: string | null; onClick: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={26}
      aria-label={words.inbox.files.remove(name ?? '')}
      onClick={onClick}
    >
      <X size={14} aria-hidden />
    </ActionIcon>
  );
}
