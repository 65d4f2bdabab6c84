import { words } from '@/words';

/** Opens the choice of times, wherever the wish comes from. */
export const openSnooze = () =>
  (
    document.querySelector<HTMLElement>('[data-snooze="many"]') ?? document.querySelector<HTMLElement>('[data-snooze]')
  )?.click();

const MORNING = 9;

/** When people mean to come back to something. */
export function snoozeTimes(now = new Date()): { name: string; until: Date }[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: words.inbox.snooze.hour, until: new Date(now.getTime() + 3_600_000) },
    { name: words.inbox.snooze.later, until: new Date(now.getTime() + 3 * 3_600_000) },
    { name: words.inbox.snooze.tomorrow, until: at(1, MORNING) },
    { name: words.inbox.snooze.monday, until: at(toMonday, MORNING) },
  ];
}

const two = (value: number) => String(value).padStart(2, '0');

/** As a field for date and time has it: the reader's own clock. */
export const toField = (time: Date) =>
  `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`;

/** The time that a field says; undefined when that is none, or has passed. */
export function fromField(text: string, now = Date.now()): Date | undefined {
  const time = new Date(text);
  return time.getTime() > now ? time : undefined;
}
