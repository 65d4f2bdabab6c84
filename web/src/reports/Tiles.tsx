import { reportWords } from '@/words/reports';
import { type Delivery, duration, number, percent, type Responses, type Volume } from './data';
import styles from './Reports.module.css';

const say = reportWords.tiles;

/** The few numbers that are looked at first. */
export function Tiles({ volume, delivery, responses }: { volume: Volume; delivery?: Delivery; responses?: Responses }) {
  const rate = delivery?.total.delivery_rate;
  return (
    <dl className={styles.tiles}>
      <Tile name={say.received} value={number(Number(volume.received))} />
      <Tile name={say.sent} value={number(Number(volume.sent))} />
      <Tile name={say.rate} value={percent(rate)} text={say.rateText} />
      <Tile
        name={say.first}
        value={duration(responses?.first.median)}
        text={responses && say.half(number(Number(responses.first.count)))}
      />
      <Tile
        name={say.resolution}
        value={duration(responses?.resolution.median)}
        text={responses && say.half(number(Number(responses.resolution.count)))}
      />
      <Tile name={say.waiting} value={responses ? number(Number(responses.waiting)) : '–'} text={say.waitingText} />
    </dl>
  );
}

function Tile({ name, value, text }: { name: string; value: string; text?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        <span>{text}</span>
      </dd>
    </div>
  );
}
