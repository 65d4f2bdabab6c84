import { expect, test } from 'vitest';
import type { Page, Webhook } from '@/api/types';
import { joined } from './data';

const webhook = (id: string, status = 'processed') => ({ id, status }) as Webhook;
const page = (...items: Webhook[]): Page<Webhook> => ({ items, next_cursor: null });
const ids = (pages: Page<Webhook>[]) => pages.map((one) => one.items.map((item) => item.id).join('')).join('|');

test('what came in stands on top where nobody is disturbed', () => {
  const shown = [page(webhook('d'), webhook('c')), page(webhook('b'))];
  const head = [webhook('f'), webhook('e'), webhook('d')];
  expect(ids(joined(shown, head, true))).toBe('fedc|b');
  expect(ids(joined(shown, head, false))).toBe('dc|b');
  expect(ids(joined([page()], head, true))).toBe('fed');
});

test('more than a page that is new would leave a gap, and stays where it is', () => {
  const head = Array.from({ length: 50 }, (_, n) => webhook(`z${99 - n}`));
  expect(ids(joined([page(webhook('a'))], head, true))).toBe('a');
});

test('what is shown tells its state of now', () => {
  const shown = [page(webhook('b', 'unprocessed')), page(webhook('a'))];
  const now = joined(shown, [webhook('b', 'failed'), webhook('a')], false);
  expect(now[0]?.items[0]?.status).toBe('failed');
  expect(now[1]).toBe(shown[1]);
});
