import { campaignWords as say } from '@/words/campaigns';
import styles from './campaigns.module.css';
import { progressOf } from './data';
import type { Campaign } from './types';

const kinds = ['read', 'delivered', 'sent', 'needs_review', 'failed', 'queued'] as const;

/** How far it is, and what became of those who are done. */
export function Bar({ campaign, isSmall = false }: { campaign: Campaign; isSmall?: boolean }) {
  const { done, total } = progressOf(campaign);
  return (
    <div
      className={styles.bar}
      data-small={isSmall || undefined}
      role="progressbar"
      aria-label={say.one.progress}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={say.done(done, total)}
    >
      <svg viewBox={`0 0 ${Math.max(1, total)} 1`} preserveAspectRatio="none" aria-hidden>
        {
          kinds.reduce<{ at: number; parts: React.ReactNode[] }>(
            ({ at, parts }, kind) => {
              const width = campaign.counts[kind];
              return {
                at: at + width,
                parts:
                  width > 0 ? [...parts, <rect key={kind} data-kind={kind} x={at} width={width} height={1} />] : parts,
              };
            },
            { at: 0, parts: [] },
          ).parts
        }
      </svg>
    </div>
  );
}
