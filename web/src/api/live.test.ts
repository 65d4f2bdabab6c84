import { expect, test } from 'vitest';
import { Frames } from './live';

test('a frame that comes in parts is given once it is whole', () => {
  const frames = new Frames();
  expect(frames.add('id: 1\nevent: message.created\ndata: {"se')).toEqual([]);
  expect(frames.add('q":1}\n')).toEqual([]);
  expect(frames.add('\nid: 2\ndata: {"seq":2}\n\n:\n\n')).toEqual(['{"seq":1}', '{"seq":2}']);
});

test('beats are nobody’s event', () => {
  expect(new Frames().add(':\n\n:\n\n')).toEqual([]);
});
