import { expect, test } from 'vitest';
import { matching, mentionAt, mentionOf, namedIn, readable, written } from './mention';

test('an @ at the beginning of a word begins a mention, and one inside of a word does not', () => {
  expect(mentionAt('ask @an', 7)).toEqual({ start: 4, typed: 'an' });
  expect(mentionAt('@', 1)).toEqual({ start: 0, typed: '' });
  expect(mentionAt('ana@example', 11)).toBeUndefined();
  expect(mentionAt('@ana is', 7)).toBeUndefined();
});

test('people are found by any part of their name, without accents, and not when they are switched off', () => {
  const people = [
    { id: '1', name: 'Zoë Álvarez', is_active: true },
    { id: '2', name: 'Ana', is_active: true },
    { id: '3', name: 'Anton', is_active: false },
  ];
  expect(matching(people, 'alv').map((one) => one.id)).toEqual(['1']);
  expect(matching(people, 'zoe').map((one) => one.id)).toEqual(['1']);
  expect(matching(people, 'an').map((one) => one.id)).toEqual(['2']);
});

test('a mention reads as a name while one writes, and is written as the server reads it', () => {
  const people = [
    { id: 'x', name: 'A[n]a' },
    { id: 'y', name: 'Ana Souza (Support)' },
    { id: 'z', name: 'Ana' },
  ];
  expect(mentionOf({ name: 'A[n]a' })).toBe('@Ana ');
  const text = 'ask @Ana, or (@Ana Souza (Support)); not @Anabel, nor ana@Ana';
  const content = 'ask @[Ana](user:x), or (@[Ana Souza (Support)](user:y)); not @Anabel, nor ana@Ana';
  expect(written(text, people)).toBe(content);
  expect(readable(content)).toBe(text);
  expect(namedIn(content)).toEqual([
    { id: 'x', name: 'Ana' },
    { id: 'y', name: 'Ana Souza (Support)' },
  ]);
  expect(written('@Ana', [])).toBe('@Ana');
});
