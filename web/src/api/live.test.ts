import { afterEach, expect, test, vi } from 'vitest';
import { Frames, live } from './live';

test('a frame that comes in parts is given once it is whole', () => {
  const frames = new Frames();
  expect(frames.add('id: 1\nevent: message.created\ndata: {"se')).toEqual([]);
  expect(frames.add('q":1}\n')).toEqual([]);
  expect(frames.add('\nid: 2\ndata: {"seq":2}\n\n:\n\n')).toEqual(['{"seq":1}', '{"seq":2}']);
});

test('beats are nobody’s event', () => {
  expect(new Frames().add(':\n\n:\n\n')).toEqual([]);
});

afterEach(() => vi.unstubAllGlobals());

test('a tab that another one listens for begins anew when it has lost something, and hears only its own person’s changes', async () => {
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('navigator', { locks: { request: () => new Promise(() => {}) } }); // another tab holds it
  const heard: unknown[] = [];
  live.subscribe((event) => heard.push(event === 'reset' ? event : event.seq));
  live.start('eva', () => {});
  const [mine, other] = [new BroadcastChannel('parley.live.eva'), new BroadcastChannel('parley.live.max')];
  const event = (seq: number) => ({ kind: 'event', event: { seq, type: 'message.created' } });
  mine.postMessage({ kind: 'state', state: 'live', seq: 4 });
  mine.postMessage(event(5));
  other.postMessage(event(6));
  mine.postMessage(event(6));
  mine.postMessage(event(6));
  mine.postMessage(event(8));
  mine.postMessage(event(9));
  mine.postMessage({ kind: 'state', state: 'live', seq: 9 });
  mine.postMessage({ kind: 'state', state: 'live', seq: 12 });
  await vi.waitFor(() => expect(heard).toEqual([5, 6, 'reset', 9, 'reset']));
  mine.close();
  other.close();
});

test('a tab that is opened while the line of the one that listens is down reads what there is', async () => {
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('navigator', { locks: { request: () => new Promise(() => {}) } });
  vi.resetModules();
  const { live } = await import('./live');
  live.start('ida', () => {});
  const leader = new BroadcastChannel('parley.live.ida');
  leader.postMessage({ kind: 'state', state: 'lost', seq: 4 });
  await live.ready;
  expect(live.state).toBe('lost');
  leader.close();
});
