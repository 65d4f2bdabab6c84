import { words } from '@/words';
import { reportWords } from '@/words/reports';
import { type Counts, type Delivery, number, percent } from './data';
import { Numbers, Part } from './Part';
import styles from './Reports.module.css';

const say = reportWords.delivery;
const states = ['read', 'delivered', 'sent', 'waiting', 'unknown', 'failed'] as const;

const nameOf = (counts: Counts) =>
  counts.channel ? (words.inbox.channels[counts.channel] ?? counts.channel) : say.together;

/** One bar for each channel, divided as its messages are. */
export function DeliveryChart({ delivery }: { delivery: Delivery }) {
  const rows = delivery.channels.length > 1 ? [delivery.total, ...delivery.channels] : delivery.channels;
  if (rows.length === 0) return null;
  return (
    <Part
      title={say.title}
      chart={
        <figure className={styles.chart}>
          <figcaption className={styles.legend}>
            {states
              .filter((state) => Number(delivery.total[state]) > 0)
              .map((state) => (
                <span key={state} data-kind={state}>
                  {say.states[state]} <b>{number(Number(delivery.total[state]))}</b>
                </span>
              ))}
          </figcaption>
          {rows.map((counts) => (
            <div key={counts.channel ?? ''} className={styles.line}>
              <span>{nameOf(counts)}</span>
              <svg
                viewBox={`0 0 ${Math.max(1, Number(counts.total))} 10`}
                preserveAspectRatio="none"
                role="img"
                aria-label={`${nameOf(counts)}: ${states.map((state) => `${say.states[state]} ${number(Number(counts[state]))}`).join(', ')}`}
              >
                {states.map((state, at) => (
                  <rect
                    key={state}
                    data-kind={state}
                    x={states.slice(0, at).reduce((sum, before) => sum + Number(counts[before]), 0)}
                    y={0}
                    width={Number(counts[state])}
                    height={10}
                  >
                    <title>{`${say.states[state]}: ${number(Number(counts[state]))}`}</title>
                  </rect>
                ))}
              </svg>
              <b>{percent(counts.delivery_rate)}</b>
            </div>
          ))}
        </figure>
      }
      table={
        <Numbers
          label={say.title}
          head={[say.channel, ...states.map((state) => say.states[state] ?? state), say.rate]}
          lines={rows.map((counts) => [
            nameOf(counts),
            ...states.map((state) => number(Number(counts[state]))),
            percent(counts.delivery_rate),
          ])}
        />
      }
    />
  );
}
