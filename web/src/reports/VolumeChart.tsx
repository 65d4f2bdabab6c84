import { reportWords } from '@/words/reports';
import { longDay, number, perDay, roundUp, shortDay, type Volume } from './data';
import { Numbers, Part } from './Part';
import styles from './Reports.module.css';

const say = reportWords.volume;
const HEIGHT = 180;
const LABELS = 5;

/** Two bars for each day. */
export function VolumeChart({ volume }: { volume: Volume }) {
  const days = perDay(volume);
  const top = roundUp(Math.max(...days.map((day) => Math.max(day.received, day.sent))));
  const every = Math.max(1, Math.ceil(days.length / LABELS));
  const width = 10;
  const bar = (value: number, x: number, className?: string) => {
    const height = (value / top) * HEIGHT;
    return <rect className={className} x={x} y={HEIGHT - height} width={4} height={height} />;
  };
  return (
    <Part
      title={say.title}
      chart={
        <figure className={styles.chart}>
          <figcaption className={styles.legend}>
            <span data-kind="received">
              {say.received} <b>{number(Number(volume.received))}</b>
            </span>
            <span data-kind="sent">
              {say.sent} <b>{number(Number(volume.sent))}</b>
            </span>
          </figcaption>
          <div className={styles.plot}>
            <span className={styles.top}>{number(top)}</span>
            <svg
              viewBox={`0 0 ${days.length * width} ${HEIGHT}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={`${say.title}: ${say.received} ${number(Number(volume.received))}, ${say.sent} ${number(Number(volume.sent))}`}
            >
              {days.map((day, at) => (
                <g key={day.day}>
                  <title>{`${longDay(day.day)}: ${say.received} ${number(day.received)}, ${say.sent} ${number(day.sent)}`}</title>
                  <rect className={styles.hit} x={at * width} y={0} width={width} height={HEIGHT} />
                  {bar(day.received, at * width + 1, styles.received)}
                  {bar(day.sent, at * width + 5, styles.sent)}
                </g>
              ))}
            </svg>
          </div>
          <div className={styles.days} aria-hidden>
            {days.map((day, at) => (
              <span key={day.day}>{at % every === 0 && shortDay(day.day)}</span>
            ))}
          </div>
        </figure>
      }
      table={
        <Numbers
          label={say.title}
          head={[say.day, say.received, say.sent]}
          lines={[...days].reverse().map((day) => [longDay(day.day), number(day.received), number(day.sent)])}
        />
      }
    />
  );
}
