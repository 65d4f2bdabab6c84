import { useSyncExternalStore } from 'react';
import { words } from '@/words';

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: '2-digit', year: '2-digit' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDate = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

const midnight = (time: Date) => new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();

/** Midnights between: 0 today, 1 yesterday, -1 tomorrow. Rounded, since a day may have 23 or 25 hours. */
const daysAgo = (time: Date, now: Date) => Math.round((midnight(now) - midnight(time)) / DAY);

export const timeOf = (iso: string) => clock.format(new Date(iso));
export const exactTime = (iso: string) => full.format(new Date(iso));

/** The day of a moment, here where the reader is: equal for all moments of one day. */
export const dayKey = (iso: string) => midnight(new Date(iso));

/** For a list: the shortest that is still clear. */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const days = daysAgo(time, now);
  if (days === 0) return clock.format(time);
  if (days === 1) return words.time.yesterday;
  if (days > 1 && days < 7) return weekday.format(time);
  return time.getFullYear() === now.getFullYear() ? dayOfYear.format(time) : shortDate.format(time);
}

/** For the line between two days. */
export function dayName(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const days = daysAgo(time, now);
  if (days === 0) return words.time.today;
  if (days === 1) return words.time.yesterday;
  return (time.getFullYear() === now.getFullYear() ? longDay : longDate).format(time);
}

/** For what will be: "15:30", "tomorrow 09:00", "Mon 09:00". */
export function soon(time: Date, now = new Date()): string {
  const days = -daysAgo(time, now);
  if (days === 0) return clock.format(time);
  return `${days < 7 ? weekday.format(time) : dayOfYear.format(time)} ${clock.format(time)}`;
}

let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 15_000);

/** The time, to a quarter of a minute: what shows it is drawn again by itself. */
export const useNow = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => now,
  );
