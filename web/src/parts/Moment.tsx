import { exactTime, shortTime, timeOf, useNow } from './dates';

/** A time as one reads it in a list, and exactly on hover. */
export function Moment({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time className={className} dateTime={at} title={exactTime(at)}>
      {shortTime(at, new Date(now))}
    </time>
  );
}

/** The hour and minute of a message. */
export function Clock({ at, className }: { at: string; className?: string }) {
  return (
    <time className={className} dateTime={at} title={exactTime(at)}>
      {timeOf(at)}
    </time>
  );
}
