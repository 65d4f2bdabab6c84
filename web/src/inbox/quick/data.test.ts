import { expect, test } from 'vitest';
import type { Template } from '@/api/types';
import { blankIn, findReplies, wantedIn } from './data';

const reply = (name: string, shortcut: string | null, channel = 'all', is_active = true) =>
  ({ name, shortcut, channel, is_active }) as Template;

test('A slash at the beginning or after a blank asks for a quick reply, and no other does', () => {
  expect(wantedIn('/')).toBe('');
  expect(wantedIn('/Ho')).toBe('ho');
  expect(wantedIn('Dear Ana /ho')).toBe('ho');
  expect(wantedIn('and/or')).toBeUndefined();
  expect(wantedIn('https://example.com')).toBeUndefined();
  expect(wantedIn('/hours are')).toBeUndefined();
});

test('The nearest comes first, and only what may be sent here', () => {
  const all = [
    reply('Opening hours', 'hours'),
    reply('Hotel', 'ho'),
    reply('Shop in town', null),
    reply('Only mail', 'home', 'email'),
    reply('Old', 'hold', 'all', false),
  ];
  expect(findReplies(all, 'ho', 'sms').map((one) => one.name)).toEqual(['Hotel', 'Opening hours', 'Shop in town']);
  expect(findReplies(all, 'home', 'email').map((one) => one.name)).toEqual(['Only mail']);
});

test('A blank is found where it stands', () => {
  expect(blankIn('Hi {{ name }}!')).toEqual({ name: 'name', from: 3, to: 13 });
  expect(blankIn('{{a.b()}} and {x}')).toBeUndefined();
});
