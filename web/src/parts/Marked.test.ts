import { expect, test } from 'vitest';
import { partsOf } from './Marked';

const texts = (text: string, ranges: { start: number; length: number }[]) =>
  partsOf({ text, ranges }).map((part) => (part.isFound ? `[${part.text}]` : part.text));

test('what was found is cut out where it stands', () => {
  expect(texts('a blue lantern', [{ start: 2, length: 4 }])).toEqual(['a ', '[blue]', ' lantern']);
  expect(
    texts('blue blue', [
      { start: 0, length: 4 },
      { start: 5, length: 4 },
    ]),
  ).toEqual(['[blue]', ' ', '[blue]']);
  expect(texts('👍 yes', [{ start: 3, length: 3 }])).toEqual(['👍 ', '[yes]']);
});

test('a text without anything to mark is one part, and an empty one is none', () => {
  expect(texts('plain', [])).toEqual(['plain']);
  expect(texts('', [])).toEqual([]);
});

test('ranges beyond the text, empty or overlapping ones are left out', () => {
  expect(
    texts('blue', [
      { start: 0, length: 3 },
      { start: 1, length: 2 },
      { start: 3, length: 0 },
      { start: 3, length: 9 },
    ]),
  ).toEqual(['[blu]', 'e']);
});
