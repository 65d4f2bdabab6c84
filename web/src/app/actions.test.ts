import { expect, test } from 'vitest';
import { readable } from './actions';

test('keys are written as people know them', () => {
  expect(readable('mod+k')).toEqual([['Ctrl', 'K']]);
  expect(readable('g o')).toEqual([['G'], ['O']]);
  expect(readable('Escape')).toEqual([['Esc']]);
  expect(readable('?')).toEqual([['?']]);
});
