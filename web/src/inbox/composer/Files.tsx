import type { Attachment } from '@/api/types';
import { FileChip } from '@/parts/FileChip';
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
        <li key={file.id}>
          <FileChip
            name={file.file_name ?? words.inbox.types[file.kind] ?? file.kind}
            size={file.size}
            picture={file.kind === 'image' ? file.url : undefined}
            onRemove={() => drafts.change(conversation, { files: files.filter((other) => other.id !== file.id) })}
          />
        </li>
      ))}
      {uploads.map((upload) => (
        <li key={upload.id}>
          <FileChip
            name={upload.name}
            size={upload.size}
            progress={upload.progress}
            problem={upload.problem}
            onAgain={() => uploadAgain(upload.id)}
            onRemove={() => cancelUpload(upload.id)}
          />
        </li>
      ))}
    </ul>
  );
}
