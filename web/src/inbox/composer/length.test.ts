import { expect, test } from 'vitest';
import { longestFor, partsOf, roomIn } from './length';

test('a long text is cut where one would pause, and nothing of it is lost', () => {
  const sentences = Array.from({ length: 400 }, (_, n) => `This is sentence ${n} of a long answer.`);
  const text = `${sentences.slice(0, 150).join(' ')}\n\n${sentences.slice(150).join(' ')}`;
  const parts = partsOf(text, 4096);
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.every((part) => part.length <= 4096)).toBe(true);
  expect(parts.every((part) => part.endsWith('.'))).toBe(true);
  expect(parts.join(' ').replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
});

test('a word without end is cut, but no sign is', () => {
  const text = `${'a'.repeat(9)}😀${'b'.repeat(30)}`;
  const parts = partsOf(text, 10);
  expect(parts[0]).toBe('a'.repeat(9));
  expect(parts.join('')).toBe(text);
  expect(parts.every((part) => part.length <= 10 && part.length > 0)).toBe(true);
});

test('what fits stays whole', () => {
  expect(partsOf('  Hello  ', 10)).toEqual(['Hello']);
  expect(partsOf('   ', 10)).toEqual([]);
});

test('the room that is left is told only when there is little of it', () => {
  expect(roomIn('a', 4096)).toBeUndefined();
  expect(roomIn('a'.repeat(4000), 4096)).toBe(96);
  expect(roomIn('a'.repeat(5000), 4096)).toBe(-904);
  expect(longestFor('whatsapp')).toBe(4096);
  expect(longestFor('whatsapp', true)).toBe(1024);
  expect(longestFor('instagram')).toBe(65_536);
});
