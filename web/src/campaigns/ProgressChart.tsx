import { timeOf } from '@/parts/dates';
import { roundUp } from '@/reports/data';
import { Numbers, Part } from '@/reports/Part';
import reports from '@/reports/Reports.module.css';
import { campaignWords } from '@/words/campaigns';
import styles from './campaigns.module.css';
import { useSeries } from './data';
import type { Campaign, Series } from './types';

const say = campaignWords.one;
const WIDTH = 600;
const HEIGHT = 180;
const layers = ['sent', 'delivered', 'read'] as const;

/** The sums over time, one over the other: who read it has it, and who has it was sent it. */
export function ProgressChart({ campaign }: { campaign: Campaign }) {
  const { data } = useSeries(campaign);
  if (!data || data.points.length === 0 || campaign.started_at === null) return null;
  const points = [{ at: campaign.started_at, sent: 0, delivered: 0, read: 0, failed: 0 }, ...data.points];
  return (
    <Part
      title={say.chart}
      chart={<Chart points={points} />}
      table={
        <Numbers
          label={say.chart}
          head={[say.time, ...layers.map((one) => say.facts[one]), say.facts.failed]}
          lines={[...points]
            .reverse()
            .map((point) => [
              timeOf(point.at),
              ...layers.map((one) => point[one].toLocaleString()),
              point.failed.toLocaleString(),
            ])}
        />
      }
    />
  );
}

function Chart({ points }: { points: Series['points'] }) {
  const last = points[points.length - 1];
  const start = Date.parse(points[0]?.at ?? '');
  const span = Math.max(1, Date.parse(last?.at ?? '') - start);
  const top = roundUp(Math.max(1, ...points.map((point) => Math.max(point.sent, point.failed))));
  const x = (at: string) => ((Date.parse(at) - start) / span) * WIDTH;
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT;
  const line = (kind: (typeof layers)[number] | 'failed') =>
    points.map((point) => `${x(point.at).toFixed(1)},${y(point[kind]).toFixed(1)}`).join(' ');
  return (
    <figure className={reports.chart}>
      <figcaption className={reports.legend}>
        {[...layers, 'failed' as const].map((kind) => (
          <span key={kind} data-kind={kind}>
            {say.facts[kind]} <b>{(last?.[kind] ?? 0).toLocaleString()}</b>
          </span>
        ))}
      </figcaption>
      <div className={reports.plot}>
        <span className={reports.top}>{top.toLocaleString()}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={say.chart}>
          {layers.map((kind) => (
            <polygon key={kind} data-kind={kind} points={`0,${HEIGHT} ${line(kind)} ${WIDTH},${HEIGHT}`} />
          ))}
          {(last?.failed ?? 0) > 0 && (
            <polygon data-kind="failed" points={`0,${HEIGHT} ${line('failed')} ${WIDTH},${HEIGHT}`} />
          )}
        </svg>
      </div>
      <div className={styles.ends} aria-hidden>
        <span>{points[0] && timeOf(points[0].at)}</span>
        <span>{last && timeOf(last.at)}</span>
      </div>
    </figure>
  );
}
