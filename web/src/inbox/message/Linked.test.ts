import { expect, test } from 'vitest';
import { partsOf } from './Linked';

const links = (text: string) => partsOf(text).flatMap((part) => part.href ?? []);

test('addresses become links, and nothing of the text is lost', () => {
  const text = 'See https://example.com/a?b=1, or http://example.org.';
  expect(links(text)).toEqual(['https://example.com/a?b=1', 'http://example.org/']);
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});

test('a bracket that the address opened belongs to it', () => {
  expect(links('(https://en.wikipedia.org/wiki/Tea_(meal))')).toEqual(['https://en.wikipedia.org/wiki/Tea_(meal)']);
});

test('only http and https are ever links', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'JaVaScRiPt://https',
    '<a href="x">y</a>',
  ])
    expect(links(text)).toEqual([]);
  expect(links('x https://"onmouseover=alert(1) y')).toEqual([]);
});
