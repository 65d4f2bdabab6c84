import { expect, test } from 'vitest';
import type { Template } from '@/api/types';
import { blanksOf, fill, locationOf, requestOf } from '../template/template';
import { windowOf } from './window';

const now = Date.parse('2026-01-05T10:00:00Z');
const whatsapp = (ends: string | null) => windowOf({ has_reply_window: true, reply_window_ends_at: ends }, now);

test('the window says how long one may write freely', () => {
  expect(whatsapp('2026-01-06T09:30:00Z')).toEqual({ state: 'open', left: '23 h' });
  expect(whatsapp('2026-01-05T11:20:00Z')).toEqual({ state: 'soon', left: '1 h 20 min' });
  expect(whatsapp('2026-01-05T10:00:20Z')).toEqual({ state: 'soon', left: '1 min' });
  expect(whatsapp('2026-01-05T10:00:00Z').state).toBe('closed');
  expect(whatsapp(null).state).toBe('closed');
  expect(windowOf({ has_reply_window: false, reply_window_ends_at: null }, now).state).toBe('none');
});

const template = (named: boolean) =>
  ({
    name: 'order_ready',
    language: 'pt_BR',
    content: { body: named ? 'Hi {{ first_name }}' : 'Hi {{1}}, {{2}}', named, buttons: [] },
    variables: { header: [], body: named ? ['first_name'] : ['1', '2'], buttons: [0], media: null },
  }) as unknown as Template;

test('numbered blanks are sent as a list, named ones by name', () => {
  expect(
    requestOf(template(false), { 'body.2': 'b', 'body.1': 'a', 'button.0': 'z' }, undefined).template,
  ).toMatchObject({
    variables: ['a', 'b'],
    buttons: [{ index: 0, value: 'z' }],
  });
  expect(requestOf(template(true), { 'body.first_name': 'Ana' }, undefined).template).toMatchObject({
    variables: { first_name: 'Ana' },
  });
});

test('the preview fills what is known', () => {
  expect(blanksOf(template(false)).map((blank) => blank.key)).toEqual(['body.1', 'body.2', 'button.0']);
  expect(fill('Hi {{1}}, {{2}}', 'body', { 'body.1': 'Ana' })).toBe('Hi Ana, {{2}}');
  expect(fill('{{1}}', 'body', { 'body.1': '{{2}}', 'body.2': 'x' })).toBe('{{2}}');
});

test('a place for the header is two numbers as maps give them', () => {
  const place = (position: string) => ({ position, name: ' Café Aurora ', address: '' });
  expect(locationOf(place('-23.5614, -46.6559'))).toEqual({
    latitude: -23.5614,
    longitude: -46.6559,
    name: 'Café Aurora',
    address: null,
  });
  for (const wrong of ['', 'here', '91, 0', '0, 181', '1,2,3']) expect(locationOf(place(wrong))).toBeUndefined();
  const asked = template(false);
  asked.variables.media = 'location';
  expect(requestOf(asked, {}, undefined, place('1 2')).template).toMatchObject({
    header: { location: { latitude: 1, longitude: 2 } },
  });
});
