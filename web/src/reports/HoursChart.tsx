import { reportWords } from '@/words/reports';
import { type Hours, number, weekdayName } from './data';
import { Numbers, Part } from './Part';
import styles from './Reports.module.css';

const say = reportWords.hours;
const week = [1, 2, 3, 4, 5, 6, 7];
const day = Array.from({ length: 24 }, (_, hour) => hour);
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', timeZone: 'UTC' });
const hourName = (hour: number) => clock.format(new Date(Date.UTC(2024, 0, 1, hour)));
const full = new Intl.DateTimeFormat(undefined, { timeStyle: 'short', timeZone: 'UTC' });
const timeName = (hour: number) => full.format(new Date(Date.UTC(2024, 0, 1, hour)));

/** The hours of a week, the busier the darker. */
export function HoursChart({ hours }: { hours: Hours }) {
  const found = new Map(hours.hours.map((one) => [one.weekday * 24 + one.hour, Number(one.received)]));
  const at = (weekday: number, hour: number) => found.get(weekday * 24 + hour) ?? 0;
  const most = Math.max(1, ...found.values());
  const busiest = hours.hours.reduce<(typeof hours.hours)[number] | undefined>(
    (best, one) => (best && Number(best.received) >= Number(one.received) ? best : one),
    undefined,
  );
  const told =
    busiest && say.busiest(weekdayName(busiest.weekday), timeName(busiest.hour), number(Number(busiest.received)));
  return (
    <Part
      title={say.title}
      chart={
        <figure className={styles.hours}>
          <figcaption>{told}</figcaption>
          {week.map((weekday) => (
            <div key={weekday} aria-hidden>
              <span>{weekdayName(weekday)}</span>
              {day.map((hour) => (
                <i
                  key={hour}
                  title={say.of(weekdayName(weekday), timeName(hour), number(at(weekday, hour)))}
                  data-level={at(weekday, hour) === 0 ? 0 : Math.ceil((at(weekday, hour) / most) * 5)}
                />
              ))}
            </div>
          ))}
          <div aria-hidden>
            <span />
            {day.map((hour) => (
              <small key={hour}>{hour % 6 === 0 ? hourName(hour) : ''}</small>
            ))}
          </div>
        </figure>
      }
      table={
        <Numbers
          label={say.title}
          head={[say.day, ...day.map(hourName)]}
          lines={week.map((weekday) => [weekdayName(weekday), ...day.map((hour) => number(at(weekday, hour)))])}
        />
      }
    />
  );
}
