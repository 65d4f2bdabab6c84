import { Button, TextInput } from '@mantine/core';
import { Upload } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { sendFile } from '@/api/sendFile';
import type { Attachment } from '@/api/types';
import { FileChip } from '@/parts/FileChip';
import { FileDrop } from '@/parts/FileDrop';
import { field, forms } from '@/settings/forms';
import { words } from '@/words';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';

const say = campaignWords.message;

interface Props {
  /** image, video, audio or document; a document may be any file. */
  kind: string;
  label: string;
  file: Attachment | null;
  link: string;
  onFile: (file: Attachment | null) => void;
  onLink: (link: string) => void;
  problem: string | undefined;
  linkProblem: string | undefined;
}

/** A file on its way, or one that did not arrive. */
interface UnderWay {
  file: File;
  progress: number;
  problem?: string;
  /** Another try would end the same way. */
  isRefused?: boolean;
}

/** A file from this machine, or the address of one. */
export function FileField({ kind, label, file, link, onFile, onLink, problem, linkProblem }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const end = useRef<(() => void) | undefined>(undefined);
  const [underWay, setUnderWay] = useState<UnderWay>();
  useEffect(() => () => end.current?.(), []);
  const isUnderWay = underWay !== undefined && !underWay.problem;
  // What is not up yet is in this page only: the browser asks before it is left.
  useEffect(() => {
    if (!isUnderWay) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isUnderWay]);
  const take = (chosen: File | undefined) => {
    if (!chosen) return;
    end.current?.();
    // Whatever there was counts no more: the way on is open when this one is there.
    onFile(null);
    onLink('');
    setUnderWay({ file: chosen, progress: 0 });
    end.current = sendFile(chosen, {
      progress: (progress) => setUnderWay({ file: chosen, progress }),
      failed: (wrong) => setUnderWay({ file: chosen, progress: 0, problem: wrong }),
      done: (made) => {
        const isOther = kind !== 'document' && made.kind !== kind;
        setUnderWay(isOther ? { file: chosen, progress: 0, problem: say.otherKind[kind], isRefused: true } : undefined);
        if (!isOther) onFile(made);
      },
    });
  };
  const leave = () => {
    end.current?.();
    setUnderWay(undefined);
  };
  return (
    <>
      <fieldset className={styles.pick} aria-describedby={problem ? id : undefined}>
        <legend>{label}</legend>
        <FileDrop takes={() => true} onFiles={(files) => take(files[0])} className={styles.pickFile}>
          {underWay ? (
            <FileChip
              name={underWay.file.name}
              size={underWay.file.size}
              progress={underWay.progress}
              problem={underWay.problem}
              onAgain={underWay.isRefused ? undefined : () => take(underWay.file)}
              onRemove={leave}
            />
          ) : file ? (
            <FileChip
              name={file.file_name ?? words.inbox.types[file.kind] ?? file.kind}
              size={file.size}
              picture={file.kind === 'image' ? file.url : undefined}
              onRemove={() => onFile(null)}
            />
          ) : (
            <>
              <Button
                variant="default"
                leftSection={<Upload size={14} aria-hidden />}
                onClick={() => input.current?.click()}
              >
                {say.choose}
              </Button>
              <span className={styles.quiet}>{say.drop}</span>
            </>
          )}
        </FileDrop>
        <input
          ref={input}
          type="file"
          accept={kind === 'document' ? undefined : `${kind}/*`}
          hidden
          onChange={(event) => {
            take(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
        {problem && (
          <p id={id} className={forms.problem} role="alert">
            {problem}
          </p>
        )}
      </fieldset>
      {!file && !isUnderWay && (
        <TextInput
          {...field}
          type="url"
          label={say.link}
          description={say.linkHelp}
          placeholder="https://"
          maxLength={2000}
          value={link}
          onChange={(event) => onLink(event.currentTarget.value)}
          error={linkProblem}
        />
      )}
    </>
  );
}
