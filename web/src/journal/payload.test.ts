import { expect, test } from 'vitest';
import { layOut, readable } from './payload';

test('JSON is laid out and otherwise as it came', () => {
  const json = '{"id":12345678901234567890,"text":"a, {b}: \\"c\\" [d]","empty":[],"none":{ },"list":[1,{"x":null}]}';
  expect(layOut(json)).toBe(`{
  "id": 12345678901234567890,
  "text": "a, {b}: \\"c\\" [d]",
  "empty": [],
  "none": {},
  "list": [
    1,
    {
      "x": null
    }
  ]
}`);
});

test('what is laid out already stays so', () => {
  const json = JSON.stringify({ a: [1, 2, { b: 'ü — 漢' }], c: {} }, null, 2);
  expect(layOut(json)).toBe(json);
});

test('a body that is not JSON is shown as text', () => {
  expect(readable(btoa('hello <b>'))).toEqual({ text: 'hello <b>', isJson: false });
});
