import { expect, test } from 'vitest';
import { blocksOf, piecesOf } from './markdown';

test('what stands out, is a list, a quote or code is told apart', () => {
  expect(
    blocksOf('# Order\n\nlikes **blue**\nand *green*\n- one\n- two\n1. first\n> said so\n```\n**raw**\n```'),
  ).toEqual([
    { kind: 'heading', lines: [[{ kind: 'text', text: 'Order' }]] },
    {
      kind: 'p',
      lines: [
        [
          { kind: 'text', text: 'likes ' },
          { kind: 'strong', text: 'blue' },
        ],
        [
          { kind: 'text', text: 'and ' },
          { kind: 'em', text: 'green' },
        ],
      ],
    },
    { kind: 'ul', lines: [[{ kind: 'text', text: 'one' }], [{ kind: 'text', text: 'two' }]] },
    { kind: 'ol', lines: [[{ kind: 'text', text: 'first' }]] },
    { kind: 'quote', lines: [[{ kind: 'text', text: 'said so' }]] },
    { kind: 'pre', text: '**raw**' },
  ]);
});

test('only http addresses become links, and a link of another kind stays text', () => {
  expect(piecesOf('see https://example.com/a.')).toEqual([
    { kind: 'text', text: 'see ' },
    { kind: 'link', text: 'https://example.com/a', href: 'https://example.com/a' },
    { kind: 'text', text: '.' },
  ]);
  for (const evil of ['[x](javascript:alert(1))', '[x](data:text/html,1)', '<img src=x onerror=alert(1)>'])
    expect(piecesOf(evil)).toEqual([{ kind: 'text', text: evil }]);
});

test('a colleague is named by their id', () => {
  const user = '01956c4e-8f3a-7c21-9d40-3b1f6a2e7d58';
  expect(piecesOf(`@[Ana](user:${user}) call`)).toEqual([
    { kind: 'mention', text: 'Ana', user },
    { kind: 'text', text: ' call' },
  ]);
});

test('a note that never ends its code is code to its end, and long lines are no trouble', () => {
  expect(blocksOf('```\nnever closed')).toEqual([{ kind: 'pre', text: 'never closed' }]);
  expect(piecesOf('*'.repeat(20_000))).toHaveLength(1);
});
