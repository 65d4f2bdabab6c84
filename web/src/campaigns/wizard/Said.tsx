import { FileView } from '@/inbox/message/FileView';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import type { Sample } from '../types';

const say = campaignWords.check;

/** What one person would read, or why they are left out. */
export function Said({ sample }: { sample: Sample }) {
  const isSkipped = sample.status === 'skipped';
  return (
    <article className={styles.said} data-skipped={isSkipped || undefined}>
      <small dir="auto">{say.to(sample.name ? `${sample.name} ${sample.handle ?? ''}` : (sample.handle ?? ''))}</small>
      {isSkipped && (
        <p>
          <b>{say.skipped}.</b> {sample.words}
        </p>
      )}
      {(sample.attachment || sample.content) && (
        <div className={styles.bubble} data-file={sample.attachment ? true : undefined}>
          {sample.attachment && <FileView file={sample.attachment} />}
          {sample.content && <p dir="auto">{sample.content}</p>}
        </div>
      )}
    </article>
  );
}
