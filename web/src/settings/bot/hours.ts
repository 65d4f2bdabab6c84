import type { Bot } from '@/api/types';

type Hours = NonNullable<Bot['hours']>;

/** As people type them: one stretch in a line. */
export const writeHours = (hours: Bot['hours']): string =>
  (hours ?? []).map((one) => `${[...(one.days ?? []), ''].join(' ')}${one.from}-${one.to}`).join('\n');

/** Undefined when a line is not like that; null when there are none. */
export function readHours(text: string): Hours | null | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim().toLowerCase())
    .filter(Boolean);
  const hours = lines.map((line) => {
    const found = /^((?:(?:mon|tue|wed|thu|fri|sat|sun)[\s,]+)*)(\d\d:\d\d)\s*[-–]\s*(\d\d:\d\d)$/.exec(line);
    return (
      found && { days: (found[1] ?? '').split(/[\s,]+/).filter(Boolean), from: found[2] ?? '', to: found[3] ?? '' }
    );
  });
  if (hours.includes(null)) return undefined;
  return hours.length === 0 ? null : (hours as Hours);
}
