import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Volume = Omit<Schemas['VolumeView'], 'days'> & { days: Required<Schemas['VolumeDay']>[] };
export type Counts = Required<Schemas['DeliveryCounts']>;
export type Delivery = Omit<Schemas['DeliveryView'], 'total' | 'channels'> & { total: Counts; channels: Counts[] };
export type Responses = Omit<Schemas['ResponsesView'], 'days'> & { days: Required<Schemas['ResponseDay']>[] };
export type Hours = Omit<Schemas['HoursView'], 'hours'> & { hours: Required<Schemas['HourCount']>[] };
export type Team = Omit<Schemas['TeamReportView'], 'items'> & { items: Required<Schemas['TeamReportLine']>[] };

export interface Filter {
  from: string;
  to: string;
  time_zone: string;
  channel?: string;
}

const AGAIN = 30_000;
const read = <T>(name: string, filter: Filter, request: () => Promise<unknown>) => ({
  queryKey: keys.report(name, filter),
  queryFn: request as () => Promise<T>,
  staleTime: AGAIN,
  refetchInterval: AGAIN,
});

export function useReports(filter: Filter) {
  const params = { query: filter };
  return {
    volume: useQuery<Volume, Problem>(read('volume', filter, () => ask(api.GET('/api/analytics/volume', { params })))),
    delivery: useQuery<Delivery, Problem>(
      read('delivery', filter, () => ask(api.GET('/api/analytics/delivery', { params }))),
    ),
    responses: useQuery<Responses, Problem>(
      read('responses', filter, () => ask(api.GET('/api/analytics/responses', { params }))),
    ),
    hours: useQuery<Hours, Problem>(read('hours', filter, () => ask(api.GET('/api/analytics/hours', { params })))),
    team: useQuery<Team, Problem>(read('team', filter, () => ask(api.GET('/api/analytics/team', { params })))),
  };
}

const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

/** So many days that end with today, in a time zone. */
export function lastDays(count: number, zone: string, now = new Date()): { from: string; to: string } {
  const to = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
  return { from: iso(Date.parse(to) - (count - 1) * DAY), to };
}

/** Every day of a period, also those on which nothing was said; all channels together. */
export function perDay({ period, days }: Pick<Volume, 'period' | 'days'>) {
  const found = new Map<string, { received: number; sent: number }>();
  for (const one of days) {
    const sum = found.get(one.day) ?? { received: 0, sent: 0 };
    found.set(one.day, { received: sum.received + Number(one.received), sent: sum.sent + Number(one.sent) });
  }
  const all: { day: string; received: number; sent: number }[] = [];
  for (let at = Date.parse(period.from); at <= Date.parse(period.to); at += DAY)
    all.push({ day: iso(at), ...(found.get(iso(at)) ?? { received: 0, sent: 0 }) });
  return all;
}

/** Seconds as people say them: "40 s", "12 min", "3 h 20 min", "2 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/** A bound for an axis at which a round number stands: 1, 2 or 5 with zeros. */
export function roundUp(most: number): number {
  if (most <= 5) return Math.max(1, most);
  const step = 10 ** Math.floor(Math.log10(most));
  return step * ([1, 2, 5, 10].find((factor) => factor * step >= most) ?? 10);
}

const rate = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
/** Of a hundred; a dash when there is nothing to be a part of. */
export const percent = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : `${rate.format(value)}\u00a0%`;
export const number = (value: number) => new Intl.NumberFormat().format(value);
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
export const shortDay = (day: string) => short.format(new Date(day));
export const longDay = (day: string) => long.format(new Date(day));
const weekdays = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });
/** 1 is Monday. */
export const weekdayName = (weekday: number) => weekdays.format(new Date(Date.UTC(2024, 0, weekday)));
