import { Download, FileText, FileWarning, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import type { Attachment } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { fileSize } from '@/parts/sizes';
import { words } from '@/words';
import styles from './Content.module.css';

/** A file of a message. Its box has its final size before it is here: nothing moves when it comes. */
export function FileView({ file, isVoice = false }: { file: Attachment; isVoice?: boolean }) {
  const [isBroken, setBroken] = useState(false);
  const [isLarge, setLarge] = useState(false);
  const name = file.file_name ?? words.inbox.types[file.kind] ?? file.kind;
  if (file.status === 'pending')
    return <Waiting icon={LoaderCircle} text={words.inbox.files.pending} kind={file.kind} />;
  if (file.status === 'failed' || isBroken)
    return <Waiting icon={FileWarning} text={file.error ?? words.inbox.files.broken} kind={file.kind} />;
  switch (file.kind) {
    case 'image':
    case 'sticker':
      return (
        <>
          <button
            type="button"
            className={styles.picture}
            data-kind={file.kind}
            onClick={() => setLarge(true)}
            aria-label={words.inbox.files.enlarge}
          >
            <img
              src={file.url}
              alt={name}
              loading="lazy"
              decoding="async"
              draggable={false}
              onError={() => setBroken(true)}
            />
          </button>
          {isLarge && <Lightbox url={file.url} name={name} onClose={() => setLarge(false)} />}
        </>
      );
    case 'video':
      return (
        // biome-ignore lint/a11y/useMediaCaption: customers send none
        <video className={styles.video} src={file.url} controls preload="metadata" onError={() => setBroken(true)} />
      );
    case 'audio':
      return (
        // biome-ignore lint/a11y/useMediaCaption: customers send none
        <audio
          className={styles.audio}
          src={file.url}
          controls
          preload="metadata"
          aria-label={isVoice ? words.inbox.files.voice : name}
          onError={() => setBroken(true)}
        />
      );
    default:
      return (
        <a className={styles.card} href={`${file.url}?download=true`} download={file.file_name ?? true}>
          <span className={styles.icon}>
            <FileText size={18} aria-hidden />
          </span>
          <span>
            <b dir="auto">{name}</b>
            <small>{[kindOf(file), file.size !== null && fileSize(file.size)].filter(Boolean).join(' · ')}</small>
          </span>
          <Download size={16} aria-hidden />
        </a>
      );
  }
}

/** "PDF": the ending of its name, or what its type says. */
const kindOf = (file: Attachment) =>
  (/\.(\w{1,5})$/.exec(file.file_name ?? '')?.[1] ?? file.mime_type?.split('/').pop())?.toUpperCase();

function Waiting({ icon: Icon, text, kind }: { icon: typeof FileText; text: string; kind: string }) {
  return (
    <span className={styles.waiting} data-kind={kind}>
      <Icon size={18} aria-hidden />
      <small>{text}</small>
    </span>
  );
}

/** A picture, as large as there is room. */
function Lightbox({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  return (
    <Dialog onClose={onClose} size="auto" padding="xs" title={name}>
      <a href={`${url}?download=true`} download title={words.inbox.files.download}>
        <img className={styles.large} src={url} alt={name} />
      </a>
    </Dialog>
  );
}
