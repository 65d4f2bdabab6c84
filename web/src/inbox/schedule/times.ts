import { words } from '@/words';

const MORNING = 9;
const two = (number: number) => String(number).padStart(2, '0');

/** The zone of this computer's clock. */
export const hereZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "2026-12-01T09:00", as an input for times writes it. */
export const wallTime = (time: Date) =>
  `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`;

/** When people mean to be heard. */
export function sendTimes(now = new Date()): { name: string; at: Date }[] {
  const at = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: words.scheduling.presets.hour, at: new Date(now.getTime() + 3_600_000) },
    { name: words.scheduling.presets.tomorrow, at: at(1) },
    ...(toMonday > 1 ? [{ name: words.scheduling.presets.monday, at: at(toMonday) }] : []),
  ];
}
